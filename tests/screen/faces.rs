//! Every room in both themes and both languages: what it looks like, and whether everybody can use it.
//!
//! axe-core looks at each page and finds nothing serious. With `SATCHEL_TOUR` the pictures are kept.

use serde_json::{Value, json};

use crate::album::Album;
use crate::axe;
use crate::driver::App;
use crate::setup;
use crate::words::Words;

const ROOMS: [&str; 8] = ["today", "gather", "write", "cut", "review", "push", "pool", "settings"];

/// Whether every picture of the grid is as large as its frame.
const FILLED: &str = "const all = [...document.querySelectorAll('.thumb img')]; return all.length > 0 && \
    all.every((one) => { const box = one.getBoundingClientRect(); \
      const frame = one.parentElement.getBoundingClientRect(); \
      return Math.abs(box.top - frame.top) < 1 && Math.abs(box.height - frame.height) < 1; });";

/// A window, what was found about it so far, and its pictures.
struct Look {
    app: App,
    words: Words,
    album: Album,
    found: Vec<String>,
}

/// Whether no dialog, and nothing around one, is still fading in.
const ALL_THERE: &str = "return [...document.querySelectorAll('[role=dialog]')].every(dialog => {
  let shown = 1;
  for (let one = dialog; one; one = one.parentElement) shown *= Number(getComputedStyle(one).opacity);
  return shown === 1;
})";

impl Look {
    fn at(&mut self, place: &str) {
        self.app.must("what fades in to be there", || Ok(self.app.js(ALL_THERE) == true));
        self.album.shot(&self.app, place);
        let place = format!("{} {place}", self.words.language);
        self.found.extend(axe::findings(&self.app, &place));
    }

    fn go(&self, room: &str) {
        self.app.click_css(&format!("[data-test=room-{room}]"));
        self.app.wait_css(&format!("[data-test=room-{room}][aria-current=page]"));
    }

    fn wear(&self, theme: &str) {
        let mut settings = self.app.call("settings", &json!({})).unwrap();
        settings["theme"] = json!(theme);
        self.app.call("save_settings", &json!({"settings": settings})).unwrap();
        setup::reload(&self.app);
        self.app.must("the theme", || {
            Ok(self.app.js("return document.documentElement.dataset.mantineColorScheme") == theme)
        });
    }
}

/// Material: a picture and a film with sound, made on the spot.
fn material(look: &Look, dir: &std::path::Path, story: &Value) {
    let film = ["-t", "4", "-pix_fmt", "yuv420p"];
    setup::make_clip("mandelbrot=size=720x1280:rate=25", &["-frames:v", "1"], &dir.join("雾.jpg"));
    setup::make_clip("mandelbrot=size=640x360:rate=25", &film, &dir.join("山路.mp4"));
    let plan = look.app.call("start_import", &json!({"path": dir, "story": story})).unwrap();
    assert!(plan.is_string(), "the import runs");
    look.app.must("the material, looked at", || {
        let clips = look.app.call("clips", &json!({"story": story})).unwrap();
        let clips = clips.as_array().unwrap();
        Ok(clips.len() == 2 && clips.iter().all(|clip| clip["hasThumb"] == true && clip["playable"] == true))
    });
}

/// A story with a numbered list, a figure and a note.
fn manuscript(look: &mut Look) -> Value {
    let word = |key: &str| look.words.of("write", key);
    look.go("write");
    look.app.click_css("[data-test=new-story]");
    look.app.wait_css(".ProseMirror[contenteditable=true]");
    look.app.type_into(&word("field.headline"), "最后三公里，背着快递上山：一名快递员和九个村民组的冬天");
    look.app.type_into(&word("field.deck"), "山路不通车，快递员一天三趟背上山。");
    look.app.click_css(".ProseMirror");
    look.app.type_text("凌晨五点，雾还没散，快递站的灯已经亮了。");
    for line in ["先送药和老花镜。", "再送种子。", "最后送年货。"] {
        look.app.press_keys("Enter");
        look.app.type_text(line);
        if line.starts_with('先') {
            look.app.choose(&word("block"), &word("block.ol"));
            look.app.press_keys("End");
        }
    }
    look.app.wait_css("[data-test=save-fact][data-state=saved]");
    look.app.must("the numbers of the list", || {
        let numbers =
            "return [...document.querySelectorAll('.story-list')].map((one) => one.dataset.number).join()";
        Ok(look.app.js(numbers) == "1,2,3")
    });
    assert!(look.app.js("return document.querySelector('textarea.headline').value.length > 0") == true);
    look.app.call("stories", &json!({})).unwrap()[0]["story"].clone()
}

fn first_pages(look: &mut Look) {
    look.app.wait_css("[data-test=first-next]");
    look.at("first-run-language");
    look.app.click_css("[data-test=first-next]");
    look.app.wait_css("[data-test=library-path]");
    look.at("first-run-place");
    look.app.click_css("[data-test=first-next]");
    look.app.click(&look.words.of("app", "first.who.start"));
    look.app.wait_css("[data-test=start-centre]");
    look.at("first-run-person");
}

fn rooms(look: &mut Look, theme: &str) {
    for room in ROOMS {
        look.go(room);
        match room {
            "gather" => {
                look.app.click("雾.jpg");
                look.app
                    .must("pictures of any shape to fill their frames", || Ok(look.app.js(FILLED) == true));
            }
            "write" => {
                if look.app.count(".ProseMirror") == 0 {
                    look.at(&format!("{theme}-stories"));
                    look.app.click_css(".story-cards .row-title");
                }
                look.app.wait_css(".ProseMirror[contenteditable=true]");
            }
            "cut" => look.app.must("the film", || {
                Ok(look.app.js(
                    "const film = document.querySelector('video'); return !!film && film.readyState >= 2",
                ) == true)
            }),
            _ => {}
        }
        std::thread::sleep(std::time::Duration::from_millis(400));
        look.at(&format!("{theme}-{room}"));
    }
    look.go("write");
    for tab in ["comments", "checks", "versions"] {
        look.app.click_css(&format!("[data-test=tab-{tab}]"));
        look.at(&format!("{theme}-write-{tab}"));
    }
    look.app.click_css("[data-test=file]");
    look.app.wait_css("[data-test=preflight] .finding, [data-test=file-confirm]:enabled");
    look.at(&format!("{theme}-preflight"));
    look.app.press_keys("Escape");
    look.app.must("the dialog to be gone", || Ok(look.app.count("[role=dialog]") == 0));
    look.app.press_keys("Control+k");
    look.app.wait_css("[role=dialog]");
    look.at(&format!("{theme}-palette"));
    look.app.press_keys("Escape");
    look.app.must("the palette to be gone", || Ok(look.app.count("[role=dialog]") == 0));
    look.app.click_css("[data-test=jobs]");
    look.app.wait_css("[role=dialog]");
    look.at(&format!("{theme}-jobs"));
    look.app.press_keys("Escape");
}

fn walk(language: &str) {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(&folder.path().join("library"), language);
    let album = Album::if_asked(&format!("faces-{language}"));
    let mut look = Look { app, words: Words::load(language), album, found: Vec::new() };
    first_pages(&mut look);
    let names = json!({"centre": "青山县融媒体中心", "name": "林晓", "passphrase": setup::PASSPHRASE});
    look.app.call("start_centre", &names).unwrap();
    setup::reload(&look.app);
    look.app.wait_css("[data-test=room-today]");
    look.at("light-nothing-yet");
    let story = manuscript(&mut look);
    material(&look, &folder.path().join("card"), &story);
    for theme in ["light", "dark"] {
        look.wear(theme);
        rooms(&mut look, theme);
    }
    let Look { app, found, .. } = look;
    app.quit();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_room_can_be_used_by_everybody_in_chinese() {
    walk("zh-CN");
}

#[test]
fn every_room_can_be_used_by_everybody_in_english() {
    walk("en");
}
