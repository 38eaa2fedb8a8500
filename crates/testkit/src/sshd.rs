//! A real sshd on a high loopback port, with keys of its own and SFTP for the user who runs the test.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::keeper::Keeper;
use crate::packages::{ensure_packages, is_root};

/// A running sshd; it ends with this value.
#[derive(Debug)]
pub struct Sshd {
    /// The port on 127.0.0.1.
    pub port: u16,
    /// The user to sign in as: the one who runs the test.
    pub user: String,
    /// The private key that is let in, OpenSSH PEM.
    pub private_key: String,
    /// A private key that is not let in.
    pub stranger_key: String,
    /// A folder for what is sent, empty at the start; the same path on both sides.
    pub drop_folder: PathBuf,
    /// The SHA-256 of the host key as `ssh-keygen -lf` writes it: `SHA256:…`, base64 without padding.
    pub fingerprint: String,
    _keeper: Keeper,
    _own: tempfile::TempDir,
}

impl Sshd {
    /// Starts a server with fresh keys.
    ///
    /// # Errors
    /// When openssh-server is missing and cannot be installed, or the server does not start.
    pub fn start() -> anyhow::Result<Self> {
        ensure_packages(&["openssh-server", "openssh-client"])?;
        let own = tempfile::Builder::new().prefix("satchel-sshd").tempdir()?;
        let folder = own.path();
        let (host, mine, stranger) = (folder.join("host"), folder.join("mine"), folder.join("stranger"));
        for key in [&host, &mine, &stranger] {
            make_key(key)?;
        }
        std::fs::copy(folder.join("mine.pub"), folder.join("authorized"))?;
        let drop_folder = folder.join("drop");
        std::fs::create_dir(&drop_folder)?;
        let port = crate::free_port()?;
        let mut keeper = Keeper::start()?;
        serve(folder, port, &mut keeper)?;
        Ok(Self {
            port,
            user: said(Command::new("id").arg("-un"))?,
            private_key: std::fs::read_to_string(mine)?,
            stranger_key: std::fs::read_to_string(stranger)?,
            drop_folder,
            fingerprint: fingerprint(&folder.join("host.pub"))?,
            _keeper: keeper,
            _own: own,
        })
    }
}

fn make_key(path: &Path) -> anyhow::Result<()> {
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"]).arg(path);
    said(&mut keygen)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(())
}

fn fingerprint(public: &Path) -> anyhow::Result<String> {
    let line = said(Command::new("ssh-keygen").args(["-l", "-E", "sha256", "-f"]).arg(public))?;
    let word = line.split_whitespace().nth(1).context("ssh-keygen gave no fingerprint")?;
    Ok(word.to_owned())
}

fn serve(folder: &Path, port: u16, keeper: &mut Keeper) -> anyhow::Result<()> {
    if is_root() {
        std::fs::create_dir_all("/run/sshd")?;
    }
    let at = folder.display();
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {at}/host\nPidFile none\nAuthorizedKeysFile {at}/authorized\n\
         StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication yes\nMaxStartups 100\n\
         Subsystem sftp internal-sftp\n"
    );
    let path = folder.join("sshd_config");
    std::fs::write(&path, config)?;
    let log = folder.join("sshd.log");
    let mut sshd = Command::new("/usr/sbin/sshd");
    sshd.args(["-D", "-e", "-f"]).arg(&path);
    keeper.serve(&mut sshd, port, &log)
}

fn said(command: &mut Command) -> anyhow::Result<String> {
    let out = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    if !out.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(String::from_utf8(out.stdout)?.trim().to_owned())
}
