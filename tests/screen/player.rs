//! The player of the cutting room shows the frame that it stands on. Measured on the picture of the window itself.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::driver::App;
use crate::setup;

/// A colour chart is far brighter than this, a black player far darker (of 255).
const DARK: u8 = 40;
/// Longer than the player waits for a frame, and asks for it again.
const SETTLED: Duration = Duration::from_millis(1_200);

/// The mean brightness of the player in the picture of the window.
fn brightness(app: &App, dir: &Path) -> u8 {
    let shot = dir.join("window.png");
    app.shot(&shot);
    let place = app.js("const box = document.querySelector('.cut-view video').getBoundingClientRect(); \
         return [box.width, box.height, box.x, box.y].map(Math.floor).join(':')");
    let crop = format!("crop={},scale=1:1:flags=area,format=gray", place.as_str().unwrap());
    let out = Command::new("ffmpeg")
        .args(["-hide_banner", "-v", "error", "-i"])
        .arg(&shot)
        .args(["-vf", &crop, "-f", "rawvideo", "-"])
        .output()
        .unwrap();
    *out.stdout.first().expect("one pixel")
}

#[test]
fn the_player_never_stands_black() {
    let folder = tempfile::tempdir().unwrap();
    let app = setup::found_a_centre(&folder.path().join("library"), "zh-CN");
    let card = app.call("create_story", &json!({"headline": "最后三公里", "genre": "brief"})).unwrap();
    let film = folder.path().join("card/分拣现场.mp4");
    let encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
    setup::make_clip("testsrc2=size=1280x720:rate=25:duration=8", &encoding, &film);
    let import = json!({"path": folder.path().join("card"), "story": card["story"]});
    app.call("start_import", &import).unwrap();
    app.must("the film", || {
        let clips = app.call("clips", &json!({"story": card["story"]})).unwrap();
        Ok(clips[0]["playable"] == true && clips[0]["hasThumb"] == true)
    });
    setup::reload(&app);
    app.click_css("[data-test=room-cut]");
    app.must("the film in the player", || {
        Ok(app.js(
            "const film = document.querySelector('.cut-view video'); return !!film && film.readyState >= 2",
        ) == true)
    });

    app.click_css(".source");
    let mut seen = Vec::new();
    for (from, to) in [(0.5, 2.5), (4.0, 5.0), (1.2, 7.4), (3.3, 6.0)] {
        for (second, mark) in [(from, "i"), (to, "o")] {
            app.js_with(
                "document.querySelector('.cut-view video').currentTime = arguments[0]; document.activeElement?.blur();",
                &json!([second]),
            );
            app.must("the place", || {
                Ok(app.js("return !document.querySelector('.cut-view video').seeking") == true)
            });
            app.press_keys(mark);
        }
        app.press_keys("e");
        std::thread::sleep(SETTLED);
        seen.push((to, brightness(&app, folder.path())));
    }
    app.quit();

    println!("seconds and brightness: {seen:?}");
    let black: Vec<_> = seen.iter().filter(|(_, light)| *light < DARK).collect();
    assert!(black.is_empty(), "black at {black:?}");
}
