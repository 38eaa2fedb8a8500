//! A person without a mouse: everything can be reached, and one always sees where one is.

use serde_json::{Value, json};

use crate::driver::App;
use crate::setup;

/// What has the focus: its name for people, its place among the parts of the window, and whether one sees it there:
/// a ring, a shadow or a colour that goes when the focus goes. In a text the caret shows it.
const FOCUS: &str = "const one = document.activeElement; \
    const part = one.closest('.rail, .top, .foot, .main .room > *'); \
    const look = () => [one, one.nextElementSibling, one.parentElement].map((near) => { \
      if (!near) return ''; const style = getComputedStyle(near); \
      return [style.outline, style.boxShadow, style.borderColor, style.backgroundColor].join(); }).join(' | '); \
    const body = one === document.body; \
    const focused = look(); if (!body) one.blur(); const left = look(); if (!body) one.focus(); \
    return { name: (one.getAttribute('aria-label') || one.innerText || one.id || one.tagName).slice(0, 40), \
      part: part ? part.className : '', seen: one.isContentEditable || focused !== left, body };";

/// Every control that Tab should reach: shown, able, in no part that a list walks through by arrows.
const REACHABLE: &str = "const shown = (one) => { const box = one.getBoundingClientRect(); \
      return box.width > 0 && box.height > 0 && getComputedStyle(one).visibility !== 'hidden'; }; \
    return [...document.querySelectorAll('button:enabled, input:enabled, textarea:enabled, [contenteditable=true]')] \
      .filter((one) => shown(one) && one.tabIndex >= 0 \
        && !(one.getAttribute('role') === 'tab' && one.getAttribute('aria-selected') !== 'true') \
        && !(one.type === 'radio' && !one.checked)) \
      .length;";

fn ready(language: &str, folder: &std::path::Path) -> App {
    let app = setup::found_a_centre(&folder.join("library"), language);
    app.call("create_story", &json!({"headline": "最后三公里", "genre": "brief"})).unwrap();
    setup::reload(&app);
    app.wait_css("[data-test=room-today]");
    app.js("const still = document.createElement('style'); \
        still.textContent = '* { transition: none !important }'; document.head.append(still);");
    app
}

fn focus(app: &App) -> Value {
    app.js(FOCUS)
}

#[test]
fn tab_reaches_every_control_of_every_room_and_the_focus_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let app = ready("en", folder.path());

    for (nth, room) in
        ["today", "gather", "write", "cut", "review", "push", "pool", "settings"].iter().enumerate()
    {
        app.press_keys(&format!("Control+{}", nth + 1));
        app.wait_css(&format!("[data-test=room-{room}][aria-current=page]"));
        std::thread::sleep(std::time::Duration::from_millis(400));
        app.js("document.activeElement?.blur(); window.seenInTurn = new Set();");
        let count = app.js(REACHABLE).as_u64().unwrap();
        for _ in 0..count + 20 {
            app.press_keys("Tab");
            let now = focus(&app);
            app.js("window.seenInTurn.add(document.activeElement);");
            assert!(
                now["body"] == true || now["seen"] == true,
                "{room}: nothing shows the focus on {}",
                now["name"]
            );
        }
        let seen = app
            .js("window.seenInTurn.delete(document.body); return window.seenInTurn.size")
            .as_u64()
            .unwrap();
        assert!(seen >= count, "{room}: Tab reached {seen} of {count} controls");
    }
    app.quit();
}

#[test]
fn f6_walks_through_the_parts_of_the_window_and_arrows_through_the_rail() {
    let folder = tempfile::tempdir().unwrap();
    let app = ready("zh-CN", folder.path());
    app.press_keys("Control+3");
    app.click_css(".story-cards .row-title");
    app.wait_css(".ProseMirror[contenteditable=true]");
    app.js("document.activeElement?.blur()");

    let mut parts = Vec::new();
    for _ in 0..6 {
        app.press_keys("F6");
        parts.push(focus(&app)["part"].as_str().unwrap().split(' ').next().unwrap().to_owned());
    }
    assert_eq!(parts, ["rail", "top", "pane", "desk", "pane", "foot"]);

    app.press_keys("F6");
    app.press_keys("ArrowUp");
    app.press_keys("Enter");
    app.wait_css("[data-test=room-gather][aria-current=page]");
    app.quit();
}
