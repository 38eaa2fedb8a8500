//! The deb tried out: installed in a clean Debian of its own, started there, and seen.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::machine;
use crate::steps::{must, printed, program, step, target};

/// What happens around the clean root: its mounts go with this process.
const OUTSIDE: &str = r#"
set -eu
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
exec chroot "$1" /bin/sh /trial/inside.sh
"#;
/// What happens in it.
const INSIDE: &str = include_str!("inside.sh");

/// Makes a clean Debian of the release that runs here, installs the deb in it with what it depends on and nothing
/// else, starts the program on a virtual screen and keeps a picture.
///
/// # Errors
/// No Debian, no administrator, or the package does not do what it promises.
pub fn trial(deb: &Path) -> Result<()> {
    ensure!(printed("id", &["-u"]).is_some_and(|id| id == "0"), "a clean Debian can be made as root only");
    machine::install(&["debootstrap"])?;
    let folder = target().join("trial");
    let root = folder.join("root");
    if root.exists() {
        must(&mut program("rm", &["-rf", "--one-file-system", &root.to_string_lossy()]))?;
    }
    std::fs::create_dir_all(&folder)?;
    let root_name = root.to_string_lossy().into_owned();
    let archives = archives()?;
    let base = archives.first().context("apt names no archive")?;
    let make = ["--variant=minbase", &base.release, &root_name, &base.url];
    let log = std::fs::File::create(folder.join("debootstrap.log"))?;
    step("make a clean Debian", || must(program("debootstrap", &make).stdout(log.try_clone()?).stderr(log)))?;
    let sources: String = archives.iter().map(Archive::line).collect();
    std::fs::write(root.join("etc/apt/sources.list"), sources)?;
    let network = printed("apt-config", &["dump", "Acquire::http"]).unwrap_or_default();
    std::fs::write(root.join("etc/apt/apt.conf.d/90network"), network + "\n")?;
    std::fs::create_dir_all(root.join("trial"))?;
    std::fs::copy(deb, root.join("trial/satchel.deb"))?;
    std::fs::write(root.join("trial/inside.sh"), INSIDE)?;
    let inside = ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", OUTSIDE, "sh", &root_name];
    step("install and start", || must(&mut program("unshare", &inside)))?;
    let picture = folder.join("window.png");
    std::fs::copy(root.join("trial/window.png"), &picture).context("no picture was taken")?;
    println!("the window: {}", picture.display());
    must(&mut program("rm", &["-rf", "--one-file-system", &root_name]))
}

/// One archive that apt reads on this machine.
#[derive(Debug, PartialEq, Eq)]
struct Archive {
    url: String,
    release: String,
    component: String,
}

impl Archive {
    fn line(&self) -> String {
        format!("deb {} {} {}\n", self.url, self.release, self.component)
    }
}

/// Debian's own archives for the release that runs here, the main one first.
fn archives() -> Result<Vec<Archive>> {
    let system = std::fs::read_to_string("/etc/os-release")?;
    let name = system.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    let format = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)";
    let listed = printed("apt-get", &["indextargets", "--format", format, "Created-By: Packages"]);
    let found = debian_archives(&listed.unwrap_or_default(), name.context("the system names no release")?);
    if found.is_empty() {
        bail!("apt knows no archive of Debian here: run apt-get update, or use a Debian machine");
    }
    Ok(found)
}

fn debian_archives(listed: &str, release: &str) -> Vec<Archive> {
    let archive = |line: &str| {
        let parts: Vec<&str> = line.split('|').collect();
        let ["Debian", url, suite, component] = parts[..] else { return None };
        let is_ours =
            suite == release || suite.strip_prefix(release).is_some_and(|rest| rest.starts_with('-'));
        is_ours.then(|| Archive { url: url.into(), release: suite.into(), component: component.into() })
    };
    let mut found: Vec<Archive> = listed.lines().filter_map(archive).collect();
    found.sort_by_key(|one| (one.release != release, one.component != "main"));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_debians_own_archives_are_taken_and_the_main_one_first() {
        let listed = "Debian|http://one/security/|bookworm-security|main\nOther|http://two/|bookworm|main\n\
                      Debian|http://one/|bookworm|contrib\nDebian|http://one/|bookworm|main\nDebian|http://one/|sid|main";

        let lines: Vec<String> = debian_archives(listed, "bookworm").iter().map(Archive::line).collect();

        assert_eq!(
            lines,
            [
                "deb http://one/ bookworm main\n",
                "deb http://one/ bookworm contrib\n",
                "deb http://one/security/ bookworm-security main\n"
            ]
        );
    }
}
