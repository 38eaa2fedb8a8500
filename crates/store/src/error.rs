//! What can keep the library from remembering.

use satchel_failure::{Explain, Remedy};
use satchel_wire::WireError;
use thiserror::Error;

/// Extended SQLite code of a failed growth of the shared-memory file: in practice a full disk.
const IOERR_SHMSIZE: i32 = 4874;

/// Why the library did not do what was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder holds no library.
    #[error("there is no library in this folder")]
    Missing,
    /// The folder already holds a library.
    #[error("there is a library in this folder already")]
    Exists,
    /// Another program holds the lock of this library.
    #[error("the library is open elsewhere")]
    OpenElsewhere,
    /// A newer program wrote this library.
    #[error("the library has schema {found}, this program knows {known}")]
    NewerVersion {
        /// Schema of the file.
        found: i64,
        /// Newest schema this program knows.
        known: i64,
    },
    /// The key does not open this library.
    #[error("the key does not fit the library")]
    WrongKey,
    /// The passphrase does not open the vault.
    #[error("the passphrase does not open the vault")]
    WrongPassphrase,
    /// The file is torn or is no library.
    #[error("the library is damaged: {what}")]
    Damaged {
        /// What was found, in technical words.
        what: String,
    },
    /// No space is left on the disk.
    #[error("the disk is full")]
    DiskFull,
    /// The blob is not on this laptop.
    #[error("the blob {root} is not here")]
    NoBlob {
        /// Its fingerprint.
        root: String,
    },
    /// The bytes have another fingerprint than was claimed.
    #[error("the bytes of {root} do not have that fingerprint")]
    BlobMismatch {
        /// The claimed fingerprint.
        root: String,
    },
    /// A segment has the wrong length or lies outside the blob.
    #[error("segment {index} does not fit the blob")]
    BadSegment {
        /// Its number from 0.
        index: u64,
    },
    /// The record does not follow the newest one of its stream.
    #[error("the record has number {got}, expected {expected}")]
    NotNext {
        /// Number that was due.
        expected: u64,
        /// Number that came.
        got: u64,
    },
    /// This revision is already being released there.
    #[error("this revision already has a delivery on that channel")]
    DeliveryExists,
    /// Something else of that identity is already there.
    #[error("already there: {what}")]
    Duplicate {
        /// The constraint, in technical words.
        what: String,
    },
    /// A stored record cannot be read.
    #[error("a record cannot be read: {0}")]
    Record(#[from] WireError),
    /// The library was closed while the call waited.
    #[error("the library is closed")]
    Closed,
    /// The disk refused for another reason.
    #[error("the disk refused: {0}")]
    Io(std::io::Error),
    /// The database refused for another reason.
    #[error("the database refused: {0}")]
    Database(rusqlite::Error),
}

impl StoreError {
    /// Whether the cause is a full disk.
    #[must_use]
    pub const fn is_disk_full(&self) -> bool {
        matches!(self, Self::DiskFull)
    }
}

impl Explain for StoreError {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "store.missing",
            Self::Exists => "store.exists",
            Self::OpenElsewhere => "store.open-elsewhere",
            Self::NewerVersion { .. } => "store.newer-version",
            Self::WrongKey => "store.wrong-key",
            Self::WrongPassphrase => "store.wrong-passphrase",
            Self::Damaged { .. } => "store.damaged",
            Self::DiskFull => "store.disk-full",
            Self::NoBlob { .. } => "store.no-blob",
            Self::BlobMismatch { .. } => "store.blob-mismatch",
            Self::BadSegment { .. } => "store.bad-segment",
            Self::NotNext { .. } => "store.not-next",
            Self::DeliveryExists => "store.delivery-exists",
            Self::Duplicate { .. } => "store.duplicate",
            Self::Record(_) => "store.bad-record",
            Self::Closed => "store.closed",
            Self::Io(_) => "store.disk-refused",
            Self::Database(_) => "store.database-refused",
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::Missing | Self::Exists => Remedy::ChooseAnother,
            Self::OpenElsewhere | Self::Closed | Self::BlobMismatch { .. } | Self::BadSegment { .. } => {
                Remedy::TryAgain
            }
            Self::NewerVersion { .. } => Remedy::Update,
            Self::WrongKey | Self::WrongPassphrase => Remedy::Unlock,
            Self::DiskFull => Remedy::FreeSpace,
            Self::NoBlob { .. } => Remedy::WaitForNetwork,
            Self::NotNext { .. } | Self::DeliveryExists | Self::Duplicate { .. } => Remedy::Reload,
            Self::Damaged { .. } | Self::Record(_) | Self::Io(_) | Self::Database(_) => Remedy::Report,
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NewerVersion { found, known } => {
                vec![("found", found.to_string()), ("known", known.to_string())]
            }
            Self::NoBlob { root } | Self::BlobMismatch { root } => vec![("root", root.clone())],
            Self::BadSegment { index } => vec![("index", index.to_string())],
            _ => Vec::new(),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io(error),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let rusqlite::Error::SqliteFailure(code, ref message) = error else {
            return Self::Database(error);
        };
        let what = message.clone().unwrap_or_default();
        match code.code {
            ErrorCode::DiskFull => Self::DiskFull,
            _ if code.extended_code == IOERR_SHMSIZE => Self::DiskFull,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged { what },
            ErrorCode::ConstraintViolation => Self::Duplicate { what },
            _ => Self::Database(error),
        }
    }
}
