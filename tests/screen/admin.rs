//! The pool's own page for administrators, in a bare browser of the same engine: in by the link that works once,
//! through every page in both languages, and a computer revoked.
//!
//! With `SATCHEL_TOUR` the pictures are kept.

use std::process::Command;

use crate::album::Album;
use crate::centre::{Centre, program};
use crate::driver::App;
use crate::walk::look;

const PAGES: [&str; 6] = ["", "/channels", "/quarantine", "/storage", "/backups", "/log"];

fn link(centre: &Centre) -> String {
    let done = Command::new(program("satchel-pool"))
        .args(["admin", "link", "--name", "周主任", "--data"])
        .arg(centre.dir.path().join("pool"))
        .output()
        .expect("satchel-pool admin link");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

fn walk(language: &str) {
    let album = Album::if_asked(&format!("admin-{language}"));
    let centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("林晓", &["reporter", "editor"]);
    let operator = centre.person("周主任", &["administrator", "operator"]);
    let site = centre.dir.path().join("site").display().to_string();
    operator.ok(&["channel", "县融媒网站", "--kind", "folder", "--url", &site]);
    let story = reporter.ok(&["new", "最后三公里"])["story"].as_str().unwrap().to_owned();
    reporter.sync();
    operator.sync();

    let asked = |path: &str| format!("{path}?lang={language}");
    let app = App::browse(&asked(&link(&centre)));
    look(&app, &album, "enter");
    app.click_css("button[type=submit]");
    app.must("the people", || Ok(app.count("section.card h2") == 2));
    look(&app, &album, "people");

    app.click_css("section:nth-of-type(2) summary, section:last-of-type summary");
    app.wait_css("details[open] input[name=reason]");
    look(&app, &album, "revoke");
    let device = reporter.ok(&["state"])["me"]["device"].as_str().unwrap().to_owned();
    let other = app.js("return document.querySelector('details[open] input[name=device]').value");
    app.click_css("details[open] summary");
    if other != device.as_str() {
        app.click_css("section:nth-of-type(1) summary");
    } else {
        app.click_css("section:nth-of-type(2) summary, section:last-of-type summary");
    }
    app.click_css("details[open] input[name=reason]");
    app.type_text("丢失");
    app.click_css("details[open] button");
    app.wait_css(".told");
    app.wait_css(".pill.alarm");
    look(&app, &album, "revoked");
    reporter.ok(&["write", &story, "--paragraph", "丢失以后写的。"]);
    reporter.ok(&["sync", "--within", "5"]);

    for page in &PAGES[1..] {
        app.go_to(&asked(&format!("{}/admin{page}", centre.url)));
        app.wait_css("nav a[aria-current]");
        look(&app, &album, page.trim_start_matches('/'));
    }
    app.go_to(&asked(&format!("{}/admin/quarantine", centre.url)));
    app.wait_css("tbody tr");
    app.click_css("header form button");
    app.wait_css("main.alone");
    look(&app, &album, "left");
}

#[test]
fn an_administrator_looks_after_the_pool_in_a_browser_in_chinese() {
    walk("zh-CN");
}

#[test]
fn an_administrator_looks_after_the_pool_in_a_browser_in_english() {
    walk("en");
}
