//! The whole journey through real windows: a reporter and three reviewers with a library each, one pool, one
//! website in a folder and one real WordPress. Leaves a numbered picture of every step, in Chinese and English.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::album::Album;
use crate::centre::{Centre, program};
use crate::driver::App;
use crate::setup;
use crate::words::Words;

const PASSPHRASE: &str = "correct horse battery";
/// The photo of the story.
const PHOTO: &str = "山路.jpg";
/// The film that is cut.
const FILM: &str = "村口.mkv";
const HEADLINE: &str = "最后三公里，背着快递上山";

/// A real WordPress in a process of its own; it ends with its standard input.
struct Site {
    child: Child,
    url: String,
    user: String,
    password: String,
}

impl Site {
    fn start() -> Self {
        let mut child = Command::new(program("satchel-testkit"))
            .arg("wordpress")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("satchel-testkit");
        let line = BufReader::new(child.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        Self { url: text("url"), user: text("user"), password: text("password"), child }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// One person's window; closed and opened again as on a working day.
struct Person<'a> {
    library: PathBuf,
    words: &'a Words,
}

impl<'a> Person<'a> {
    fn new(centre: &Centre, name: &str, words: &'a Words) -> Self {
        Self { library: centre.dir.path().join(format!("window-{name}")), words }
    }

    fn open(&self) -> App {
        let app = App::open(&self.library, &self.words.language);
        if app.has_text(&self.words.of("app", "unlock.title")) {
            app.type_into(&self.words.of("app", "unlock.passphrase"), PASSPHRASE);
            app.click(&self.words.of("app", "unlock.go"));
        }
        app.wait_css("[data-test=room-today]");
        app
    }

    /// The first run: language, place, the invitation file.
    fn join(&self, invitation: &Path, album: Option<&Album>) -> App {
        let word = |key: &str| self.words.of("app", key);
        let app = App::open(&self.library, &self.words.language);
        let keep = |name: &str| album.iter().for_each(|album| album.shot(&app, name));
        app.wait_text(&word("first.title"));
        keep("first-run-language");
        app.click_css("[data-test=first-next]");
        app.wait_css("[data-test=library-path]");
        keep("first-run-place");
        app.click_css("[data-test=first-next]");
        app.click(&word("first.who.join"));
        app.type_into(&word("first.join.path"), &invitation.display().to_string());
        app.click_css("[data-test=read-invitation]");
        app.type_into(&word("first.keys.passphrase"), PASSPHRASE);
        app.type_into(&word("first.keys.again"), PASSPHRASE);
        keep("first-run-invitation");
        app.click_css("[data-test=join-centre]");
        app.wait_css("[data-test=room-today]");
        app
    }
}

fn go(app: &App, room: &str) {
    app.click_css(&format!("[data-test=room-{room}]"));
}

fn stories(app: &App) -> Value {
    app.call("stories", &json!({})).unwrap()
}

/// Asks for a round and waits until the story stands where it should.
fn wait_state(app: &App, state: &str) {
    app.call("sync_now", &json!({})).unwrap();
    app.must(&format!("a story in state {state}"), || Ok(stories(app)[0]["state"] == state));
}

/// What lies on the reporter's card: real photos and films where this machine has samples, else made on the spot.
fn card(dir: &Path) {
    std::fs::create_dir_all(dir).unwrap();
    let Some(samples) = satchel_testkit::samples() else {
        println!("left out: real photos, films and HEIC; made-up ones are used");
        let encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
        setup::make_clip("testsrc2=size=640x360:rate=25:duration=13", &encoding, &dir.join(FILM));
        setup::make_clip("testsrc2=size=1600x1200:rate=1", &["-frames:v", "1"], &dir.join(PHOTO));
        return;
    };
    for (sample, name) in [
        ("photos/tanners_ridge.jpg", PHOTO),
        ("video/mkv_640x360.mkv", FILM),
        ("photos/el_torcal_rocks.jpg", "岩壁.jpg"),
        ("photos/japanese-shop.jpg", "夜里的小店.jpg"),
        ("photos/portrait.jpg", "旧照.jpg"),
        ("photos/prairie_falcon.jpg", "山崖上的鹰.jpg"),
        ("heic/IMG_2682.heic", "IMG_2682.heic"),
        ("video/meta.mp4", "meta.mp4"),
    ] {
        std::fs::copy(samples.join(sample), dir.join(name)).unwrap();
    }
}

fn gather(app: &App, words: &Words, album: &Album, dir: &Path) {
    go(app, "gather");
    album.shot(app, "gather-empty");
    app.type_into(&words.of("gather", "import.path"), &dir.display().to_string());
    app.click_css("[data-test=import-plan]");
    app.wait_css("[data-test=import-start]");
    album.shot(app, "gather-plan");
    app.click_css("[data-test=import-start]");
    let_jobs_end(app);
    app.wait_css("[data-test=import-report]");
    album.shot(app, "gather-imported");
}

/// Encoding takes as long as it takes on a busy machine.
fn let_jobs_end(app: &App) {
    for _ in 0..600 {
        std::thread::sleep(std::time::Duration::from_millis(300));
        if jobs_are_over(app) {
            return;
        }
    }
    panic!("the jobs did not end within three minutes");
}

fn jobs_are_over(app: &App) -> bool {
    let jobs = app.call("jobs", &json!({})).unwrap();
    let open = ["queued", "running", "paused", "cancelling"];
    jobs.as_array().unwrap().iter().all(|job| !open.contains(&job["state"].as_str().unwrap()))
}

fn write(app: &App, words: &Words, album: &Album) -> String {
    let word = |key: &str| words.of("write", key);
    go(app, "write");
    app.click_css("[data-test=new-story]");
    app.type_into(&word("field.kicker"), "走基层");
    app.type_into(&word("field.headline"), HEADLINE);
    app.type_into(&word("field.deck"), "山路不通车，快递员一天三趟背上山。");
    app.type_into(&word("field.dateline"), "本报讯");
    app.click_css(".ProseMirror");
    app.type_text(
        "凌晨五点，雾还没散，快递站的灯已经亮了。三百一十二件包裹要赶在中午前送到山上的九个村民组。",
    );
    app.press_keys("Enter");
    app.type_text(
        "“路通了，老人也坐得住了。”站长一边分拣一边说。今年以来，全县新建村级快递服务点一百零六个。",
    );
    app.wait_css("[data-test=save-fact][data-state=saved]");
    album.shot(app, "write-text");
    stories(app)[0]["story"].as_str().unwrap().to_owned()
}

fn illustrate(app: &App, album: &Album, story: &str) {
    let clips = app.call("clips", &json!({"story": null})).unwrap();
    let photo = clips.as_array().unwrap().iter().find(|clip| clip["name"] == PHOTO).expect("the photo");
    for clip in clips.as_array().unwrap() {
        app.call("attach_clip", &json!({"clip": clip["clip"], "story": story})).unwrap();
    }
    app.call(
        "caption_clip",
        &json!({"clip": photo["clip"], "caption": "快递员每天要走的山路。", "credit": "本报记者"}),
    )
    .unwrap();
    app.must("the material beside the text", || Ok(app.count(".thumb-button") >= 3));
    app.click_css("button.thumb-button[title^='快递员']");
    app.wait_css(".ProseMirror [data-block=figure], .ProseMirror figure, .ProseMirror .figure");
    app.wait_css("[data-test=save-fact][data-state=saved]");
    album.shot(app, "write-figure");
}

fn cut(app: &App, words: &Words, album: &Album) {
    let word = |key: &str| words.of("cut", key);
    go(app, "cut");
    app.click(FILM);
    app.must("the video to play", || {
        Ok(app.js("const v = document.querySelector('video'); return !!v && v.readyState >= 2") == true)
    });
    album.shot(app, "cut-clip");
    for (nth, (from, to)) in [(0.5, 2.5), (4.0, 5.0)].into_iter().enumerate() {
        seek(app, from);
        app.press_keys("i");
        seek(app, to);
        app.press_keys("o");
        app.press_keys("e");
        app.must("the segment in the list", || {
            let story = stories(app)[0]["story"].clone();
            let cuts = app.call("cuts", &json!({"story": story})).unwrap();
            Ok(cuts[0]["segments"].as_array().is_some_and(|segments| segments.len() > nth))
        });
    }
    album.shot(app, "cut-segments");
    app.click_css("[data-test=render]");
    let_jobs_end(app);
    app.wait_css("[data-test=cut-insert]");
    album.shot(app, "cut-rendered");
    app.click(&word("insert"));
    app.wait_css("[data-test=save-fact][data-state=saved]");
}

fn seek(app: &App, seconds: f64) {
    app.js_with(
        "document.querySelector('video').currentTime = arguments[0]; document.activeElement?.blur();",
        &json!([seconds]),
    );
    app.must("the picture at its place", || {
        Ok(app.js("const v = document.querySelector('video'); return !v.seeking && v.readyState >= 2")
            == true)
    });
    std::thread::sleep(std::time::Duration::from_millis(300));
}

/// Fills the captions that the preflight would miss, then files.
fn file(app: &App, words: &Words, album: &Album) {
    let fill = "const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set; \
        const area = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set; \
        for (const field of document.querySelectorAll('.ProseMirror input, .ProseMirror textarea')) { \
          if (field.value) continue; \
          (field instanceof HTMLTextAreaElement ? area : set).call(field, arguments[0][field.placeholder] ?? '村口，等包裹的人'); \
          field.dispatchEvent(new Event('input', { bubbles: true })); }";
    let filled = json!({
        words.of("write", "figure.credit"): "本报记者",
        words.of("write", "figure.alt"): "一个人坐在水边，背对镜头。",
    });
    app.js_with(fill, &json!([filled]));
    app.wait_css("[data-test=save-fact][data-state=saved]");
    app.click_css("[data-test=file]");
    app.wait_css("[data-test=preflight]");
    album.shot(app, "write-preflight");
    app.click_css("[data-test=file-confirm]");
    app.wait_text(&words.of("write", "filed"));
    album.shot(app, "write-filed");
}

fn walk(language: &str) {
    let words = Words::load(language);
    let album = Album::always(language);
    let mut centre = Centre::found("山县融媒体中心");
    let site = Site::start();
    let folder = centre.dir.path().join("site");
    std::fs::create_dir_all(&folder).unwrap();

    let editor = Person::new(&centre, "editor", &words);
    let invitation = centre.invite("周编辑", &["editor", "operator", "administrator"]);
    let app = editor.join(&invitation, None);
    set_channels(&app, &words, &album, &site, &folder);
    app.quit();

    let reporter = Person::new(&centre, "reporter", &words);
    let app = reporter.join(&centre.invite("林记者", &["reporter"]), Some(&album));
    app.must("the device to be taken in", || {
        Ok(app.call("app_state", &json!({})).unwrap()["me"]["enrolled"] == true)
    });
    centre.switch_off();
    album.shot(&app, "today-empty");
    let dir = centre.dir.path().join("card");
    card(&dir);
    gather(&app, &words, &album, &dir);
    let story = write(&app, &words, &album);
    illustrate(&app, &album, &story);
    cut(&app, &words, &album);
    file(&app, &words, &album);
    go(&app, "pool");
    app.wait_text(&words.of("pool", "group.waiting"));
    album.shot(&app, "pool-offline");
    centre.switch_on();
    app.call("sync_now", &json!({})).unwrap();
    app.must("everything in the pool", || Ok(stories(&app)[0]["whereabouts"]["at"] == "pooled"));
    album.shot(&app, "pool-all-in");
    go(&app, "today");
    album.shot(&app, "today-filed");
    app.quit();

    let app = editor.open();
    wait_state(&app, "awaiting-first");
    app.must("the pictures and the film from the pool", || Ok(is_to_be_seen(&app)));
    go(&app, "review");
    album.shot(&app, "review-queue");
    claim(&app);
    album.shot(&app, "review-claimed");
    app.call("add_comment", &json!({"story": story, "kind": "must", "quote": "三百一十二件", "text": "数字请与县邮政局核实。", "answers": null}))
        .unwrap();
    app.click_css("[data-test=return]");
    app.wait_css("[data-test=return-form]");
    app.type_into(&words.of("review", "reason.note"), "数字请与县邮政局核实。");
    album.shot(&app, "review-return");
    app.click_css("[data-test=return-confirm]");
    wait_state(&app, "draft");
    app.must("the way up", || Ok(app.call("sync_state", &json!({})).unwrap()["recordsWaiting"] == 0));
    app.quit();

    let app = reporter.open();
    wait_state(&app, "draft");
    album.shot(&app, "today-returned");
    go(&app, "write");
    app.click(HEADLINE);
    app.wait_css("[data-test=returned]");
    album.shot(&app, "write-returned");
    app.click_css(".ProseMirror p");
    app.press_keys("End");
    app.type_text("县邮政局核实的数字是三百一十二件。");
    app.wait_css("[data-test=save-fact][data-state=saved]");
    app.click_css("[data-test=file]");
    app.click_css("[data-test=file-confirm]");
    app.wait_text(&words.of("write", "filed"));
    wait_state(&app, "awaiting-first");
    app.must("everything in the pool", || Ok(stories(&app)[0]["whereabouts"]["at"] == "pooled"));
    app.quit();

    let reviewers = [
        (Person::new(&centre, "editor", &words), None, "awaiting-first", "awaiting-second"),
        (
            Person::new(&centre, "head", &words),
            Some(centre.invite("何主任", &["head"])),
            "awaiting-second",
            "awaiting-final",
        ),
        (
            Person::new(&centre, "chief", &words),
            Some(centre.invite("沈总编", &["chief"])),
            "awaiting-final",
            "signed",
        ),
    ];
    for (person, invitation, before, after) in reviewers {
        let app = match invitation {
            Some(invitation) => person.join(&invitation, None),
            None => person.open(),
        };
        wait_state(&app, before);
        app.must("the pictures and the film from the pool", || Ok(is_to_be_seen(&app)));
        go(&app, "review");
        claim(&app);
        album.shot(&app, before);
        app.click_css("[data-test=pass]");
        wait_state(&app, after);
        app.must("the way up", || Ok(app.call("sync_state", &json!({})).unwrap()["recordsWaiting"] == 0));
        album.shot(&app, &format!("passed-to-{after}"));
        app.quit();
    }

    let app = editor.open();
    wait_state(&app, "signed");
    go(&app, "push");
    album.shot(&app, "push-signed");
    for (nth, _) in ["folder", "wordpress"].iter().enumerate() {
        app.must("a release button", || Ok(app.count("[data-test=release]") > 0));
        app.click_css("[data-test=release]");
        album.shot(&app, "push-ask");
        app.click(&words.of("push", "release.confirm"));
        app.must("the receipt", || {
            app.call("sync_now", &json!({})).unwrap();
            let list = app.call("push_list", &json!({})).unwrap();
            let out = list[0]["deliveries"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|one| one["state"] == "released")
                .count();
            Ok(out > nth)
        });
        album.shot(&app, "push-released");
    }
    let again = app.call(
        "release",
        &json!({"story": story, "channel": app.call("channels", &json!({})).unwrap()[0]["channel"]}),
    );
    assert_eq!(again.unwrap_err()["code"], "push.already-out", "nothing goes out twice");
    app.quit();

    let app = reporter.open();
    wait_state(&app, "published");
    album.shot(&app, "today-published");
    app.click(HEADLINE);
    for signer in ["周编辑", "何主任", "沈总编"] {
        app.wait_text(signer);
    }
    app.wait_text("https://www.example.cn/news");
    album.shot(&app, "write-published");
    go(&app, "settings");
    album.shot(&app, "settings");
    app.quit();
    println!("{} pictures in {}", album.count(), album.dir.unwrap_or_default().display());
}

/// Whether everything that can be shown has come from the pool.
fn is_to_be_seen(app: &App) -> bool {
    let clips = app.call("clips", &json!({"story": null})).unwrap();
    let clips = clips.as_array().unwrap();
    !clips.is_empty() && clips.iter().all(|clip| clip["playable"] == true || clip["name"] == "IMG_2682.heic")
}

fn claim(app: &App) {
    app.click_css("[data-test=claim]");
    app.wait_css("[data-test=pass]");
}

fn set_channels(app: &App, words: &Words, album: &Album, site: &Site, folder: &Path) {
    let word = |key: &str| words.of("push", key);
    app.must("the device to be taken in", || {
        Ok(app.call("app_state", &json!({})).unwrap()["me"]["enrolled"] == true)
    });
    go(app, "push");
    album.shot(app, "push-empty");
    app.click_css("[data-test=channel-new]");
    app.type_into(&word("form.name"), "县政府网站");
    app.type_into(&word("form.url.folder"), &folder.display().to_string());
    app.type_into(&word("form.public-url"), "https://www.example.cn/news");
    album.shot(app, "push-channel-form");
    app.click(&word("form.save"));
    app.wait_text("县政府网站");
    let form = json!({"form": {
        "channel": null, "name": "新闻网", "kind": "wordpress", "url": site.url, "account": site.user,
        "publicUrl": "", "secret": site.password,
    }});
    app.call("save_channel", &form).unwrap();
    app.wait_text("新闻网");
    app.must("the channels in the pool", || {
        Ok(app.call("sync_state", &json!({})).unwrap()["recordsWaiting"] == 0)
    });
}

#[test]
#[ignore = "asked for by `cargo xtask tour`"]
fn tour_in_chinese() {
    walk("zh-CN");
}

#[test]
#[ignore = "asked for by `cargo xtask tour`"]
fn tour_in_english() {
    walk("en");
}
