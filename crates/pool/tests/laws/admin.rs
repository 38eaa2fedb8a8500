//! The administrators' page over real HTTP: who is not signed in sees nothing, looking changes nothing, and only the
//! page's own forms act.

use std::path::Path;

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use satchel_pool::{Pool, Server, Settings};
use satchel_terms::Role;
use satchel_wire::protocol::{InviteAsk, PersonLine};
use serde_json::{Value, json};

use crate::laptop::{Laptop, read};
use crate::process::{init, run, serve};
use crate::shop::Shop;

const PAGES: [&str; 6] = ["", "/channels", "/quarantine", "/storage", "/backups", "/log"];

/// A browser without scripts: it keeps one cookie and follows nothing by itself.
struct Browser {
    http: Client,
    url: String,
    cookie: String,
}

impl Browser {
    fn new(url: &str) -> Self {
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { http, url: url.to_owned(), cookie: String::new() }
    }

    async fn get(&self, path: &str) -> Response {
        let ask = self.http.get(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        ask.send().await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        let page = self.get(path).await;
        assert_eq!(page.status(), 200, "{path}");
        page.text().await.unwrap()
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let ask = self.http.post(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let ask = ask.header("content-type", "application/x-www-form-urlencoded").body(body.join("&"));
        ask.send().await.unwrap()
    }

    /// Opens a link and presses the button behind it.
    async fn enter(&mut self, link: &str) -> Response {
        let secret = link.rsplit('/').next().unwrap().to_owned();
        let answer = self.post("/admin/enter", &[("secret", &secret), ("lang", "en")]).await;
        if let Some(cookie) = answer.headers().get("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            for part in ["HttpOnly", "SameSite=Strict", "Path=/admin", "Max-Age=3600"] {
                assert!(cookie.contains(part), "{cookie}");
            }
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        answer
    }

    /// The seal in the forms of this session.
    async fn seal(&self) -> String {
        let page = self.page("/admin").await;
        let (_, rest) = page.split_once("name=\"seal\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

async fn signed_in(shop: &Shop) -> Browser {
    let mut browser = Browser::new(&shop.server().url());
    let link = shop.server().pool.admin_link("Ms Lin", None).await.unwrap();
    assert_eq!(browser.enter(&link).await.status(), 303);
    browser
}

#[tokio::test]
async fn who_is_not_signed_in_sees_nothing_of_the_pool() {
    let shop = Shop::open().await;
    shop.hire(1, &[Role::Reporter]).await;
    let stranger = Browser::new(&shop.server().url());

    for page in PAGES {
        let answer = stranger.get(&format!("/admin{page}")).await;
        assert_eq!(answer.status(), 403);
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let text = answer.text().await.unwrap();
        assert!(!text.contains("person 1") && !text.contains("县融媒体中心"), "{text}");
    }
    for act in ["revoke", "backup", "leave"] {
        assert_eq!(stranger.post(&format!("/admin/{act}"), &[("seal", "x")]).await.status(), 403);
    }
    let made_up = Browser { cookie: format!("satchel_admin={}", "00".repeat(80)), ..stranger };
    assert_eq!(made_up.get("/admin").await.status(), 403);
}

#[tokio::test]
async fn a_link_signs_in_once_and_looking_at_it_does_not_use_it_up() {
    let shop = Shop::open().await;
    shop.hire(1, &[Role::Reporter]).await;
    let link = shop.server().pool.admin_link("Ms Lin", None).await.unwrap();
    let mut browser = Browser::new(&shop.server().url());

    for _ in 0..3 {
        assert!(browser.page(&link).await.contains("method=\"post\" action=\"/admin/enter\""));
    }
    assert_eq!(browser.enter(&link).await.status(), 303);
    for page in PAGES {
        for language in ["zh-CN", "en"] {
            let text = browser.page(&format!("/admin{page}?lang={language}")).await;
            assert!(text.contains(&format!("<html lang=\"{language}\"")), "{text}");
            for foreign in ["<script", "style=\"", "src=", "href=\"http", "@import"] {
                assert!(!text.contains(foreign), "{foreign} in {text}");
            }
        }
    }
    assert!(browser.page("/admin").await.contains("person 1"));

    let mut second = Browser::new(&shop.server().url());
    assert_eq!(second.enter(&link).await.status(), 403);
    assert_eq!(second.get("/admin").await.status(), 403);
}

#[tokio::test]
async fn nothing_is_changed_by_looking_or_without_the_pages_own_seal() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let browser = signed_in(&shop).await;
    let device = laptop.device.to_string();
    let mut seal = browser.seal().await;

    for path in [format!("/admin/revoke?device={device}&reason=x&seal={seal}"), "/admin/backup".into()] {
        assert_eq!(browser.get(&path).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
    let others = signed_in(&shop).await.seal().await;
    for seal in ["", "00", &others] {
        let fields = [("seal", seal), ("device", &device), ("reason", "x")];
        assert_eq!(browser.post("/admin/revoke", &fields).await.status(), 403);
    }
    assert_eq!(laptop.get("/v1/feed").await.status(), 200, "nobody was revoked");

    let nothing = [("seal", seal.as_str()), ("device", &device), ("reason", "+")];
    assert_eq!(browser.post("/admin/revoke", &nothing).await.status(), 400, "a reason is asked for");
    let fields = [("seal", seal.as_str()), ("lang", "en"), ("device", &device), ("reason", "lost%3Cb%3E")];
    let done = browser.post("/admin/revoke", &fields).await;
    assert_eq!(
        (done.status().as_u16(), &done.headers()["location"]),
        (303, &"/admin?lang=en&told=revoked".parse().unwrap())
    );
    assert_eq!(laptop.get("/v1/feed").await.status(), 403);
    let page = browser.page("/admin?lang=en").await;
    assert!(page.contains("lost&lt;b&gt;") && !page.contains("<b>"), "what people typed is shown as text");
    assert!(browser.page("/admin/log?lang=en").await.contains("Ms Lin"));

    seal = browser.seal().await;
    assert_eq!(browser.post("/admin/leave", &[("seal", &seal)]).await.status(), 200);
    assert_eq!(browser.get("/admin").await.status(), 403, "the cookie alone opens nothing any more");
}

#[tokio::test]
async fn the_laptop_of_an_administrator_asks_for_a_link_and_takes_it_along_when_it_is_revoked() {
    let shop = Shop::open().await;
    let (boss, editor) = (shop.hire(1, &[Role::Administrator]).await, shop.hire(2, &[Role::Editor]).await);

    let refused = read::<Value>(editor.post("/v1/admin-link", &json!({})).await).await.unwrap_err();
    assert_eq!(refused.code, "pool.not-allowed");
    let link: Value = read(boss.post("/v1/admin-link", &json!({})).await).await.unwrap();
    let mut browser = Browser::new(&shop.server().url());
    assert_eq!(browser.enter(link["path"].as_str().unwrap()).await.status(), 303);
    assert!(browser.page("/admin").await.contains("person 1"));

    let ask = satchel_wire::protocol::RevokeAsk { device: boss.device, reason: "lost".into() };
    shop.server().pool.revoke(&ask).await.unwrap();
    assert_eq!(browser.get("/admin").await.status(), 403);
}

#[tokio::test]
async fn a_backup_is_begun_from_the_page_where_the_settings_name_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let (data, backups) = (dir.path().join("pool"), dir.path().join("backups"));
    Pool::found(&data, "县融媒体中心").unwrap();
    let settings = Settings {
        data,
        listen: "127.0.0.1:0".into(),
        backup_folder: Some(backups.clone()),
        ..Settings::default()
    };
    let server = Server::start(settings).await.unwrap();
    let ask = InviteAsk {
        name: "张三".into(),
        roles: vec![Role::Reporter],
        person: None,
        valid_minutes: None,
        url: Some(server.url()),
    };
    let invitation = server.pool.invite(&ask, 60_000).await.unwrap();
    Laptop::join(1, &invitation).await.upload(&[7; 3_000]).await;
    let mut browser = Browser::new(&server.url());
    browser.enter(&server.pool.admin_link("Ms Lin", None).await.unwrap()).await;

    let seal = browser.seal().await;
    assert_eq!(browser.post("/admin/backup", &[("seal", &seal), ("lang", "en")]).await.status(), 303);
    let mut page = String::new();
    for _ in 0..100 {
        page = browser.page("/admin/backups?lang=en").await;
        if page.contains("Backup done") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }

    assert!(page.contains("Backup done: 1 clips came new, 0 damaged."), "{page}");
    assert!(page.contains("Last backup: 20"), "{page}");
    assert!(has_a_backup(&backups));
    server.stop().await;
}

fn has_a_backup(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| entry.path().join("pool.db").exists())
}

#[tokio::test]
async fn the_program_makes_a_link_beside_the_running_server() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("pool");
    init(&data);
    let _running = serve(&data);

    let told = run(&data, &["admin", "link", "--name", "老周"]);
    let link = String::from_utf8(told.stdout).unwrap().trim().to_owned();

    let (url, path) = link.split_at(link.find("/admin/").unwrap());
    let mut browser = Browser::new(url);
    assert_eq!(browser.enter(path).await.status(), 303);
    assert!(browser.page("/admin/log").await.contains("老周"));
    let people: Vec<PersonLine> = serde_json::from_slice(&run(&data, &["people"]).stdout).unwrap();
    assert!(people.is_empty(), "a link makes nobody");
}
