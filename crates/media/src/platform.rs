//! What differs between the systems when a child process is started: the group it runs in, how it
//! dies with us, and how politely it uses the processor.
//!
//! Linux: own process group, `PR_SET_PDEATHSIG` so that a killed parent takes the child along, nice 10.
//! The death signal belongs to the *thread* that started the child, so all children are started by one
//! thread that lives as long as the program. Windows: a job object that kills on close, below-normal
//! priority, no console window. macOS: own process group and nice 10; FFmpeg there survives a killed
//! parent until its next write to the closed pipe.

use std::io;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::process::Command;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// A child process with its group.
pub(crate) type Child = Box<dyn ChildWrapper>;

type Request = (CommandWrap, Handle, oneshot::Sender<io::Result<Child>>);

/// The thread that starts every child, alive until the program ends.
fn nursery() -> Option<&'static Sender<Request>> {
    static NURSERY: OnceLock<Option<Sender<Request>>> = OnceLock::new();
    NURSERY
        .get_or_init(|| {
            let (ask, asked) = channel::<Request>();
            let thread = std::thread::Builder::new().name("media-nursery".into()).spawn(move || {
                while let Ok((mut wrap, runtime, answer)) = asked.recv() {
                    let _inside = runtime.enter();
                    // A caller that went away drops the answer, and dropping the child kills it.
                    let _ = answer.send(wrap.spawn());
                }
            });
            thread.is_ok().then_some(ask)
        })
        .as_ref()
}

/// Starts a child in its own group, at low priority, that does not outlive this program.
pub(crate) async fn spawn(mut command: Command) -> io::Result<Child> {
    make_polite(&mut command);
    let mut wrap = CommandWrap::from(command);
    wrap.wrap(KillOnDrop);
    group(&mut wrap);
    let gone = || io::Error::other("the thread that starts programs is gone");
    let (answer, answered) = oneshot::channel();
    nursery().ok_or_else(gone)?.send((wrap, Handle::current(), answer)).map_err(|_| gone())?;
    answered.await.map_err(|_| gone())?
}

/// Asks the whole group to end. Unix: SIGTERM. Windows has no such request: the group is ended.
pub(crate) fn ask_to_end(child: &mut Child) {
    #[cfg(unix)]
    let asked = child.signal(libc::SIGTERM);
    #[cfg(not(unix))]
    let asked = child.start_kill();
    if let Err(error) = asked {
        tracing::debug!(%error, "the child was gone before it was asked to end");
    }
}

#[cfg(unix)]
fn group(wrap: &mut CommandWrap) {
    wrap.wrap(process_wrap::tokio::ProcessGroup::leader());
}

#[cfg(windows)]
fn group(wrap: &mut CommandWrap) {
    use windows::Win32::System::Threading::{BELOW_NORMAL_PRIORITY_CLASS, CREATE_NO_WINDOW};
    wrap.wrap(process_wrap::tokio::CreationFlags(CREATE_NO_WINDOW | BELOW_NORMAL_PRIORITY_CLASS));
    wrap.wrap(process_wrap::tokio::JobObject);
}

#[cfg(windows)]
fn make_polite(_command: &mut Command) {}

#[cfg(unix)]
#[expect(unsafe_code, reason = "only async-signal-safe calls between fork and exec")]
fn make_polite(command: &mut Command) {
    #[cfg(target_os = "linux")]
    let parent = std::process::id();
    // SAFETY: the closure runs in the forked child and calls prctl, getppid and setpriority only,
    // which are safe there; it allocates nothing.
    unsafe {
        command.pre_exec(move || {
            #[cfg(target_os = "linux")]
            {
                if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
                    return Err(io::Error::last_os_error());
                }
                // The parent may have died before the wish was made.
                if u32::try_from(libc::getppid()) != Ok(parent) {
                    return Err(io::Error::from_raw_os_error(libc::ESRCH));
                }
            }
            libc::setpriority(libc::PRIO_PROCESS, 0, 10);
            Ok(())
        });
    }
}
