//! Why the pool said no, and what it says over the wire.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use satchel_failure::{Explain, Remedy};
use satchel_parcel::ParcelError;
use satchel_story::StoryError;
use satchel_wire::WireError;
use satchel_wire::protocol::Problem;
use thiserror::Error;

/// Seconds until a device that has begun too many uploads may ask again.
const UPLOADS_PAUSE: u32 = 60;

/// A refusal or a fault of the pool.
#[derive(Debug, Error)]
pub enum PoolError {
    /// The folder holds no pool yet.
    #[error("There is no pool in {dir}; make one with `satchel-pool init`.")]
    NoPool {
        /** The data folder. */
        dir: String,
    },
    /// The folder already holds a pool.
    #[error("There is already a pool in {dir}.")]
    AlreadyAPool {
        /** The data folder. */
        dir: String,
    },
    /// Another process serves this folder.
    #[error("Another process serves this pool already.")]
    ServedElsewhere,
    /// The data were written by a newer program.
    #[error("The pool's data are of version {found}; this program knows {known}.")]
    NewerData {
        /** Version of the data. */
        found: i64,
        /** Newest version known. */
        known: i64,
    },
    /// No token, a false one, or one past its time.
    #[error("Sign in again: the token is missing, false or expired.")]
    NeedsToken,
    /// The device's proof does not fit its key.
    #[error("The device did not prove its key.")]
    NotProven,
    /// Nobody enrolled this device.
    #[error("This device is not enrolled here.")]
    UnknownDevice,
    /// The device was revoked.
    #[error("This device was revoked.")]
    DeviceRevoked,
    /// The device's certificate ran out.
    #[error("The certificate of this device ran out.")]
    CertificateExpired,
    /// The key is already enrolled for somebody else.
    #[error("This device is already enrolled for another person.")]
    DeviceTaken,
    /// No such invitation.
    #[error("This invitation is not known here.")]
    CodeUnknown,
    /// The invitation was used before.
    #[error("This invitation was used before.")]
    CodeUsed,
    /// The invitation ran out.
    #[error("This invitation ran out.")]
    CodeExpired,
    /// The person may not do this.
    #[error("This needs the role {role}.")]
    NotAllowed {
        /** The missing role. */
        role: &'static str,
    },
    /// The centre of the sender is another one.
    #[error("This pool serves another centre.")]
    OtherNewsroom,
    /// The program is too old or too new for this pool.
    #[error("This pool speaks protocol {min} to {max}.")]
    OtherProtocol {
        /** Oldest understood. */
        min: u32,
        /** Newest understood. */
        max: u32,
    },
    /// The request cannot be read.
    #[error("The request cannot be read: {why}")]
    BadRequest {
        /** Technical reason. */
        why: String,
    },
    /// No such thing here.
    #[error("There is no such {what} here.")]
    NotFound {
        /** What was asked for. */
        what: &'static str,
    },
    /// A segment is not the one it claims to be.
    #[error("Segment {index} is damaged.")]
    BadSegment {
        /** Which one. */
        index: u64,
    },
    /// The segments came before the manifest.
    #[error("Send the list of segments first.")]
    NoManifest,
    /// The disk of the pool is full.
    #[error("The pool's disk is full.")]
    DiskFull,
    /// Others wrote in between, again and again.
    #[error("The pool is busy.")]
    Busy,
    /// One asker asks too often.
    #[error("Too many requests; ask again in {seconds} s.")]
    TooMany {
        /** Seconds to wait. */
        seconds: u32,
    },
    /// One device has begun too many uploads.
    #[error("Too many uploads of this device are begun and not ended.")]
    TooManyUploads,
    /// A page for this machine or for those who know its token.
    #[error("This page is for callers of this machine, or with its token.")]
    NotForYou,
    /// The feed moved while a decision was judged; the judge looks again.
    #[error("The feed moved on.")]
    Moved,
    /// Another worker took the release over.
    #[error("Another worker took this release over.")]
    StaleFence,
    /// Bytes that are not what they claim to be.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A parcel that cannot be believed or made.
    #[error(transparent)]
    Parcel(#[from] ParcelError),
    /// A manuscript that cannot be read.
    #[error(transparent)]
    Story(#[from] StoryError),
    /// The library failed.
    #[error("The pool's library failed: {0}")]
    Library(#[from] rusqlite::Error),
    /// A file could not be read or written.
    #[error("A file of the pool failed: {0}")]
    File(#[from] std::io::Error),
    /// The database failed.
    #[error("The pool's database failed: {0}")]
    Database(String),
    /// The database or the object store cannot be reached; what was asked for is done as a whole or not at all.
    #[error("The pool's {what} cannot be reached: {why}")]
    Away {
        /** Which of the two. */
        what: &'static str,
        /** Technical reason. */
        why: String,
    },
    /// The object store gives other bytes than it took.
    #[error("The object store gives wrong bytes for segment {index} of {root}.")]
    Damaged {
        /** The blob. */
        root: String,
        /** The first segment of which that is so. */
        index: u64,
    },
    /// The configuration cannot be read.
    #[error("The configuration cannot be read: {why}")]
    BadConfig {
        /** Technical reason. */
        why: String,
    },
    /// The store is backed up by its own means, not by the pool.
    #[error("This pool stands on PostgreSQL and an object store; back these up by their own means.")]
    BackupElsewhere,
    /// A backup that cannot be used.
    #[error("The backup cannot be used: {why}.")]
    BadBackup {
        /** Technical reason. */
        why: String,
    },
    /// The key of the pool is missing.
    #[error("The backup holds no key of its pool, or another key was given; name the file that holds it.")]
    BackupNeedsKey,
    /// The TLS certificate or its key cannot be used.
    #[error("The certificate cannot be used: {why}")]
    BadCertificate {
        /** Technical reason. */
        why: String,
    },
    /// The doctor found something bad.
    #[error("{bad} of the findings above are bad.")]
    Unwell {
        /** How many. */
        bad: usize,
    },
    /// An upload by the side door was refused, in the words of its protocol.
    #[error("The upload was refused: {why}.")]
    Upload {
        /** HTTP status. */
        status: u16,
        /** Technical reason. */
        why: &'static str,
    },
    /// A promise inside the pool was broken.
    #[error("The pool failed: {0}")]
    Broken(String),
}

impl Explain for PoolError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoPool { .. } => "pool.no-pool",
            Self::AlreadyAPool { .. } => "pool.already-a-pool",
            Self::ServedElsewhere => "pool.served-elsewhere",
            Self::NewerData { .. } => "pool.newer-data",
            Self::NeedsToken => "pool.needs-token",
            Self::NotProven => "pool.not-proven",
            Self::UnknownDevice => "pool.unknown-device",
            Self::DeviceRevoked => "pool.device-revoked",
            Self::CertificateExpired => "pool.certificate-expired",
            Self::DeviceTaken => "pool.device-taken",
            Self::CodeUnknown => "pool.code-unknown",
            Self::CodeUsed => "pool.code-used",
            Self::CodeExpired => "pool.code-expired",
            Self::NotAllowed { .. } => "pool.not-allowed",
            Self::OtherNewsroom => "pool.other-newsroom",
            Self::OtherProtocol { .. } => "pool.other-protocol",
            Self::BadRequest { .. } => "pool.bad-request",
            Self::NotFound { .. } => "pool.not-found",
            Self::BadSegment { .. } => "pool.bad-segment",
            Self::NoManifest => "pool.no-manifest",
            Self::DiskFull => "pool.disk-full",
            Self::Busy | Self::Moved => "pool.busy",
            Self::TooMany { .. } => "pool.too-many",
            Self::TooManyUploads => "pool.too-many-uploads",
            Self::NotForYou => "pool.not-for-you",
            Self::StaleFence => "push.stale-fence",
            Self::Wire(error) => error.code(),
            Self::Parcel(error) => error.code(),
            Self::Story(error) => error.code(),
            Self::Library(_) | Self::Database(_) => "pool.library",
            Self::Away { .. } => "pool.store-away",
            Self::Damaged { .. } => "pool.store-damaged",
            Self::File(error) if is_full(error) => "pool.disk-full",
            Self::File(_) => "pool.file",
            Self::BadConfig { .. } => "pool.bad-config",
            Self::BadCertificate { .. } => "pool.bad-certificate",
            Self::BackupElsewhere => "pool.backup-elsewhere",
            Self::BadBackup { .. } => "pool.bad-backup",
            Self::BackupNeedsKey => "pool.backup-needs-key",
            Self::Unwell { .. } => "pool.unwell",
            Self::Upload { .. } => "pool.upload-refused",
            Self::Broken(_) => "pool.broken",
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::NeedsToken
            | Self::Busy
            | Self::Moved
            | Self::TooMany { .. }
            | Self::TooManyUploads
            | Self::BadSegment { .. }
            | Self::NoManifest
            | Self::Away { .. }
            | Self::Damaged { .. } => Remedy::TryAgain,
            Self::OtherProtocol { .. } | Self::NewerData { .. } => Remedy::Update,
            Self::DiskFull => Remedy::FreeSpace,
            Self::File(error) if is_full(error) => Remedy::FreeSpace,
            Self::BadRequest { .. }
            | Self::BadConfig { .. }
            | Self::BadCertificate { .. }
            | Self::BackupElsewhere
            | Self::BadBackup { .. }
            | Self::BackupNeedsKey
            | Self::AlreadyAPool { .. }
            | Self::NoPool { .. } => Remedy::CorrectInput,
            Self::Wire(error) => error.remedy(),
            Self::Parcel(error) => error.remedy(),
            Self::Story(error) => error.remedy(),
            Self::Library(_) | Self::Database(_) | Self::File(_) | Self::Broken(_) => Remedy::Report,
            _ => Remedy::AskDesk,
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoPool { dir } | Self::AlreadyAPool { dir } => vec![("dir", dir.clone())],
            Self::NotAllowed { role } => vec![("role", (*role).to_owned())],
            Self::OtherProtocol { min, max } => vec![("min", min.to_string()), ("max", max.to_string())],
            Self::NotFound { what } => vec![("what", (*what).to_owned())],
            Self::BadSegment { index } => vec![("index", index.to_string())],
            Self::Upload { why, .. } => vec![("why", (*why).to_owned())],
            Self::TooMany { seconds } => vec![("seconds", seconds.to_string())],
            Self::Away { what, .. } => vec![("what", (*what).to_owned())],
            Self::BadRequest { why }
            | Self::BadConfig { why }
            | Self::BadCertificate { why }
            | Self::BadBackup { why } => {
                vec![("why", why.clone())]
            }
            Self::Wire(error) => error.params(),
            Self::Parcel(error) => error.params(),
            Self::Story(error) => error.params(),
            _ => Vec::new(),
        }
    }
}

impl PoolError {
    /// The HTTP status of this refusal.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NeedsToken | Self::NotProven | Self::UnknownDevice => StatusCode::UNAUTHORIZED,
            Self::DeviceRevoked | Self::CertificateExpired | Self::NotAllowed { .. } => StatusCode::FORBIDDEN,
            Self::CodeUnknown | Self::CodeUsed | Self::CodeExpired | Self::DeviceTaken => {
                StatusCode::FORBIDDEN
            }
            Self::Upload { status, .. } => StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST),
            Self::NotForYou => StatusCode::FORBIDDEN,
            Self::TooMany { .. } | Self::TooManyUploads => StatusCode::TOO_MANY_REQUESTS,
            Self::OtherNewsroom | Self::NoManifest | Self::StaleFence | Self::Parcel(_) => {
                StatusCode::CONFLICT
            }
            Self::OtherProtocol { .. } => StatusCode::UPGRADE_REQUIRED,
            Self::BadRequest { .. } | Self::Wire(_) => StatusCode::BAD_REQUEST,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::BadSegment { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            Self::File(error) if is_full(error) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Busy | Self::Moved | Self::Away { .. } => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Whether the disk is full.
fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}

impl IntoResponse for PoolError {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(code = self.code(), error = %self, "refused");
        }
        let retry_after = match &self {
            Self::TooMany { seconds } => Some(*seconds),
            Self::TooManyUploads => Some(UPLOADS_PAUSE),
            _ => (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1),
        };
        let message = match &self {
            // How the pool's own machines are called is nobody's business.
            Self::Away { what, .. } => format!("The pool's {what} cannot be reached."),
            _ if status == StatusCode::INTERNAL_SERVER_ERROR => "The pool failed.".to_owned(),
            _ => self.to_string(),
        };
        let params = self.params().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let problem = Problem { code: self.code().to_owned(), message, retry_after, params };
        let mut answer = (status, Json(problem)).into_response();
        if let Some(seconds) = retry_after {
            answer.headers_mut().insert("retry-after", seconds.into());
        }
        answer
    }
}

/// What the pool's own calls answer.
pub type Outcome<T> = Result<T, PoolError>;
