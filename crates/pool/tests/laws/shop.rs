//! A centre for one test: its pool on a free port, its people.

use std::path::PathBuf;

use satchel_pool::{Recipes, Retention, Server, Settings, minutes_ms};
use satchel_story::{Decision, Document, Edit, Fields, Figure, FigureKind, Level, Policy, Seed};
use satchel_terms::{ChannelId, ClipId, Hash, Role, StoryId};
use satchel_testkit::Dice;
use satchel_wire::protocol::{Invitation, InviteAsk};
use satchel_wire::{Kind, body};
use tempfile::TempDir;

use crate::laptop::Laptop;
use crate::store;

pub struct Shop {
    pub dir: TempDir,
    pub out: PathBuf,
    pub policy: Policy,
    pub web_origins: Vec<String>,
    pub retention: Retention,
    pub recipes: Recipes,
    pub server: Option<Server>,
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_in(tempfile::tempdir().unwrap()).await
    }

    pub async fn open_in(dir: TempDir) -> Self {
        store::found(&dir.path().join("pool"), "县融媒体中心").await;
        let out = dir.path().join("out");
        std::fs::create_dir(&out).unwrap();
        let (policy, retention) = (Policy::default(), Retention::default());
        let recipes = Recipes::default();
        let mut shop = Self { dir, out, policy, web_origins: Vec::new(), retention, recipes, server: None };
        shop.start().await;
        shop
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("pool")
    }

    pub async fn start(&mut self) {
        self.server = Some(self.another().await);
    }

    /// One more server for this centre; a store that is not shared has only one.
    pub async fn another(&self) -> Server {
        let settings = Settings {
            data: self.data(),
            listen: "127.0.0.1:0".into(),
            channel_folders: vec![self.out.clone()],
            release_pause_ms: 200,
            policy: self.policy.clone(),
            web_origins: self.web_origins.clone(),
            retention: self.retention,
            recipes: self.recipes,
            storage: store::storage(&self.data()),
            ..Settings::default()
        };
        Server::start(settings).await.unwrap()
    }

    pub async fn restart(&mut self, laptops: &mut [&mut Laptop]) {
        self.server.take().unwrap().stop().await;
        self.start().await;
        for laptop in laptops {
            laptop.url = self.server().url();
        }
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    pub async fn invite(&self, name: &str, roles: &[Role]) -> Invitation {
        let ask = InviteAsk {
            name: name.into(),
            roles: roles.to_vec(),
            person: None,
            valid_minutes: None,
            url: None,
        };
        self.server().pool.invite(&ask, minutes_ms(15)).await.unwrap()
    }

    /// A person with a laptop.
    pub async fn hire(&self, seed: u8, roles: &[Role]) -> Laptop {
        Laptop::join(seed, &self.invite(&format!("person {seed}"), roles).await).await
    }
}

/// A first update: headline, byline, dateline, deck and a body long enough.
pub fn text(headline: &str) -> Vec<u8> {
    let fields = Fields {
        headline: headline.into(),
        byline: "本报记者 张三".into(),
        dateline: "临川8月1日电".into(),
        deck: "连日暴雨之后，县城的水位开始回落。".into(),
        ..Fields::default()
    };
    let paragraphs = vec!["连日的暴雨在昨天夜里停了。".repeat(6)];
    Document::seed(7, &Seed { fields, paragraphs }, &mut Dice::new(0)).unwrap()
}

pub fn with_figure(document: &Document, clip: ClipId, blob: Hash) -> Vec<u8> {
    let figure = Figure {
        clip,
        blob,
        kind: FigureKind::Picture,
        caption: "水位标尺".into(),
        credit: "张三 摄".into(),
        alt: "河边的水位标尺".into(),
        size: Some((800, 600)),
    };
    document.edit(8, &[Edit::InsertFigure { after: None, figure }], &mut Dice::new(40)).unwrap()
}

pub const STORY: StoryId = StoryId([0x51; 16]);
pub const CHANNEL: ChannelId = ChannelId([0xC1; 16]);

pub fn submit(rev: Hash) -> Decision {
    Decision::Submit { rev, summary: String::new() }
}

pub fn pass(level: Level, rev: Hash) -> Decision {
    Decision::Pass { level, rev, policy: 1 }
}

pub fn sign(rev: Hash) -> Decision {
    Decision::Sign { rev, channels: vec![CHANNEL], policy: 1 }
}

/// Four people who bring a story to the sign-off.
pub struct Desk {
    pub reporter: Laptop,
    pub editor: Laptop,
    pub head: Laptop,
    pub chief: Laptop,
    pub operator: Laptop,
}

impl Desk {
    pub async fn hire(shop: &Shop) -> Self {
        Self {
            reporter: shop.hire(11, &[Role::Reporter]).await,
            editor: shop.hire(12, &[Role::Editor]).await,
            head: shop.hire(13, &[Role::Head]).await,
            chief: shop.hire(14, &[Role::Chief]).await,
            operator: shop.hire(15, &[Role::Operator, Role::Administrator]).await,
        }
    }

    /// Files and passes up to the last level.
    pub async fn pass_twice(&mut self, rev: Hash) {
        for verdict in [
            self.reporter.decide(STORY, &submit(rev)).await,
            self.editor.decide(STORY, &pass(Level::First, rev)).await,
            self.head.decide(STORY, &pass(Level::Second, rev)).await,
        ] {
            assert!(verdict.accepted, "{verdict:?}");
        }
    }

    pub async fn sign_off(&mut self, rev: Hash) {
        self.pass_twice(rev).await;
        let verdict = self.chief.decide(STORY, &sign(rev)).await;
        assert!(verdict.accepted, "{verdict:?}");
        assert_eq!(verdict.state.as_deref(), Some("signed"));
    }

    /// A folder channel on the pool's lane.
    pub async fn set_channel(&mut self, shop: &Shop) {
        self.set(body::ChannelKind::Folder, "web", &shop.out.display().to_string()).await;
    }

    /// A channel on the pool's lane.
    pub async fn set(&mut self, kind: body::ChannelKind, account: &str, url: &str) {
        let channel = body::Channel {
            id: CHANNEL,
            name: "网站".into(),
            kind,
            lane: body::Lane::Pool,
            account: account.into(),
            url: url.into(),
            settings: [].into(),
        };
        let record = self.operator.say(Kind::CHANNEL_SET, CHANNEL.0, &channel);
        assert!(self.operator.ask(record).await.accepted);
    }
}
