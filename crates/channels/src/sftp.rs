//! Packs over SFTP, the safest channel of all: every question after a break is answered by a look.

mod remote;

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use ssh2::{HashType, Session};

use crate::failure::PushError;
use crate::pack::{Packs, Place};
use crate::secret::Secret;
use remote::Remote;

/// How long one call may stay without an answer.
const SILENCE: Duration = Duration::from_secs(60);

/// How we sign in.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// By password.
    Password(Secret),
    /// By a private key without passphrase, OpenSSH or PEM text. Unix only: elsewhere a password is needed.
    Key(Secret),
}

/// Where the server is and who we are there.
#[derive(Debug, Clone)]
pub struct SftpAccount {
    /// Host name or address.
    pub host: String,
    /// Usually 22.
    pub port: u16,
    /// The user's name.
    pub user: String,
    /// Password or key.
    pub sign_in: SignIn,
    /// The pinned SHA-256 of the host key, `SHA256:` and base64 without padding, as OpenSSH writes it.
    pub fingerprint: String,
    /// The folder that takes packs; it must be there.
    pub folder: String,
    /// The receiver removes what it has read.
    pub is_taken_away: bool,
}

/// A channel to an SFTP server. Nothing is sent yet.
#[must_use]
pub fn sftp(account: SftpAccount) -> Packs {
    let (shown_as, is_taken_away) = (format!("{}@{}", account.user, account.host), account.is_taken_away);
    let open = move || Ok(Box::new(connect(&account)?) as Box<dyn Place>);
    Packs::new(Arc::new(open), shown_as, is_taken_away)
}

/// Asks a server for the fingerprint of its key, to be shown to a person and pinned. Signs in nowhere.
///
/// # Errors
/// [`PushError::Unreachable`] when no SSH server answers.
pub async fn host_key(host: &str, port: u16) -> Result<String, PushError> {
    let host = host.to_owned();
    let asked =
        tokio::task::spawn_blocking(move || greet(&host, port).map(|(session, _)| fingerprint(&session)));
    asked.await.map_err(|error| PushError::lost("host-key", false, error.to_string()))?
}

fn connect(account: &SftpAccount) -> Result<Remote, PushError> {
    let (session, line) = greet(&account.host, account.port)?;
    let shown = fingerprint(&session);
    if shown != account.fingerprint {
        return Err(PushError::HostKeyChanged { pinned: account.fingerprint.clone(), shown });
    }
    sign_in(&session, account)?;
    let sftp = session.sftp().map_err(|error| {
        if is_line_lost(&error) || is_ended(&line) {
            PushError::lost("sign-in", false, error.to_string())
        } else {
            PushError::RightMissing { code: error.to_string() }
        }
    })?;
    let url = format!("sftp://{}:{}", account.host, account.port);
    Ok(Remote::new(session, sftp, &account.folder, url))
}

/// Connects and shakes hands; no name or secret has left yet. The line comes beside the session, to be looked at.
fn greet(host: &str, port: u16) -> Result<(Session, TcpStream), PushError> {
    let unreachable = |why: String| PushError::Unreachable { peer: format!("{host}:{port}"), why };
    let addresses = (host, port).to_socket_addrs().map_err(|error| unreachable(error.to_string()))?;
    let mut why = "no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, Duration::from_secs(15)) {
            Ok(line) => {
                let seen = line.try_clone().map_err(|error| unreachable(error.to_string()))?;
                let session = shake_hands(line).map_err(|error| unreachable(error.to_string()))?;
                return Ok((session, seen));
            }
            Err(error) => why = error.to_string(),
        }
    }
    Err(unreachable(why))
}

fn shake_hands(line: TcpStream) -> Result<Session, ssh2::Error> {
    let mut session = Session::new()?;
    session.set_timeout(u32::try_from(SILENCE.as_millis()).unwrap_or(60_000));
    session.set_tcp_stream(line);
    session.handshake()?;
    Ok(session)
}

fn sign_in(session: &Session, account: &SftpAccount) -> Result<(), PushError> {
    let outcome = match &account.sign_in {
        SignIn::Password(password) => session.userauth_password(&account.user, password.reveal()),
        SignIn::Key(key) => with_key(session, &account.user, key)?,
    };
    outcome.map_err(|error| {
        if is_line_lost(&error) {
            PushError::lost("sign-in", false, error.to_string())
        } else {
            PushError::SignInRefused { code: error.code().to_string() }
        }
    })
}

/// Whether the line broke. The library has one code for a key that is refused and for an answer that never came, and
/// tells them apart in words only (libssh2, `userauth.c`).
fn is_line_lost(error: &ssh2::Error) -> bool {
    matches!(error.code(), ssh2::ErrorCode::Session(-9 | -13 | -43 | -7))
        || error.message().starts_with("Waiting for")
}

/// Whether the other end closed the line of a session that is of no use any more.
fn is_ended(line: &TcpStream) -> bool {
    let _ = line.set_nonblocking(true);
    match line.peek(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "the other systems cannot do it")]
fn with_key(session: &Session, user: &str, key: &Secret) -> Result<Result<(), ssh2::Error>, PushError> {
    Ok(session.userauth_pubkey_memory(user, None, key.reveal(), None))
}

#[cfg(not(unix))]
fn with_key(_: &Session, _: &str, _: &Secret) -> Result<Result<(), ssh2::Error>, PushError> {
    Err(PushError::BadSetting { name: "signIn" })
}

/// The SHA-256 of the server's key as OpenSSH writes it; empty when there is none.
fn fingerprint(session: &Session) -> String {
    let base64 = base64::engine::general_purpose::STANDARD_NO_PAD;
    session
        .host_key_hash(HashType::Sha256)
        .map_or_else(String::new, |sum| format!("SHA256:{}", base64.encode(sum)))
}
