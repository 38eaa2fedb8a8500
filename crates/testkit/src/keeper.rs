//! The keeper: a small shell that outlives the test and ends what the test started.
//!
//! It reads names of process groups and one folder from a pipe. When the pipe closes, because the value was
//! dropped or because the test process died in any way, it ends the groups and removes the folder.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;

const SCRIPT: &str = r#"
groups=
folder=
while read -r verb what; do
  case "$verb" in
    group) groups="$groups $what" ;;
    folder) folder=$what ;;
  esac
done
for one in $groups; do kill -TERM "-$one" 2>/dev/null; done
for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  left=
  for one in $groups; do kill -0 "-$one" 2>/dev/null && left=1; done
  [ -z "$left" ] && break
  sleep 0.1
done
for one in $groups; do kill -KILL "-$one" 2>/dev/null; done
[ -n "$folder" ] && rm -rf -- "$folder"
exit 0
"#;

/// Ends process groups and removes a folder when dropped, or when this process dies.
#[derive(Debug)]
pub struct Keeper {
    shell: Child,
    servers: Vec<Child>,
}

impl Keeper {
    /// A keeper of nothing yet.
    ///
    /// # Errors
    /// When there is no shell.
    pub fn start() -> anyhow::Result<Self> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("no shell to keep the servers")?;
        Ok(Self { shell, servers: Vec::new() })
    }

    /// Starts a server in a process group of its own and waits until it takes connections on `port`.
    /// Its words go to `log`.
    ///
    /// # Errors
    /// When it cannot be started, ends at once, or takes no connection within half a minute.
    pub fn serve(&mut self, command: &mut Command, port: u16, log: &Path) -> anyhow::Result<()> {
        let file = std::fs::File::create(log)?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0)
            .spawn()
            .with_context(|| format!("{command:?} cannot be started"))?;
        self.tell("group", &child.id().to_string())?;
        let answer = wait_for_port(port, &mut child, log);
        self.servers.push(child);
        answer
    }

    /// Has the folder removed at the end.
    ///
    /// # Errors
    /// When the keeper is gone.
    pub fn remove_at_end(&mut self, folder: &Path) -> anyhow::Result<()> {
        self.tell("folder", &folder.display().to_string())
    }

    fn tell(&mut self, verb: &str, what: &str) -> anyhow::Result<()> {
        let pipe = self.shell.stdin.as_mut().context("the keeper has no pipe")?;
        writeln!(pipe, "{verb} {what}")?;
        Ok(pipe.flush()?)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // Servers that have ended are taken off the list of processes, so that the shell sees them gone.
        while matches!(self.shell.try_wait(), Ok(None)) {
            for server in &mut self.servers {
                let _ = server.try_wait();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        for server in &mut self.servers {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// Waits until a server takes connections, or says what its log says.
fn wait_for_port(port: u16, child: &mut Child, log: &Path) -> anyhow::Result<()> {
    for _ in 0..600 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        if let Some(status) = child.try_wait()? {
            anyhow::bail!("a server ended at once ({status}): {}", tail(log));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    anyhow::bail!("no server on port {port} within 30 s: {}", tail(log))
}

/// The last lines of a log.
fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(12).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
