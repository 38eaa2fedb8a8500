//! Where the pictures of a walk go: numbered, one folder a walk.

use std::cell::Cell;
use std::path::PathBuf;

use crate::driver::App;

/// Whether every picture in sight is there and no button is busy.
const DRAWN: &str = "return [...document.images].every((one) => { \
    const box = one.getBoundingClientRect(); \
    return one.complete || box.bottom < 0 || box.top > innerHeight || box.width === 0; }) \
    && !document.querySelector('[data-loading=true]');";

/// Answers once the engine has drawn twice more, so that the picture is that of the page and not of the one before.
const FRAMES: &str = "const done = arguments[arguments.length - 1]; \
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60)));";

/// Keeps pictures; nothing is kept when nobody asked for them by `SATCHEL_TOUR`.
pub struct Album {
    pub dir: Option<PathBuf>,
    count: Cell<u32>,
}

impl Album {
    /// Pictures into a folder below the one that `SATCHEL_TOUR` names, if it names one.
    pub fn if_asked(name: &str) -> Self {
        let dir = std::env::var_os("SATCHEL_TOUR").map(|root| PathBuf::from(root).join(name));
        Self { dir, count: Cell::new(0) }
    }

    /// Pictures in any case, below `SATCHEL_TOUR` or the folder for temporary files.
    pub fn always(name: &str) -> Self {
        let root =
            std::env::var_os("SATCHEL_TOUR").map_or_else(|| std::env::temp_dir().join("tour"), PathBuf::from);
        Self { dir: Some(root.join(name)), count: Cell::new(0) }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// Keeps the window as it is once everything in sight is drawn.
    pub fn shot(&self, app: &App, name: &str) {
        app.must("the pictures in sight to be drawn", || Ok(app.js(DRAWN) == true));
        let Some(dir) = &self.dir else { return };
        self.count.set(self.count.get() + 1);
        std::thread::sleep(std::time::Duration::from_millis(700));
        app.js_later(FRAMES, &serde_json::json!([]));
        app.shot(&dir.join(format!("{:02}-{name}.png", self.count.get())));
    }
}
