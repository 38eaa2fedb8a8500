//! What the desk brings along: a signed package, a shelf with material, a diary.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use satchel_channels::{MediaFile, MediaSource, PushError, StepLog};
use satchel_checks::{ChannelRules, Library, MediaFacts, Order, Package};
use satchel_story::{Block, Case, Decision, Fields, Level, Policy, RevisionView, Run, SignOff, Signer};
use satchel_terms::{ChannelId, DeviceId, Hash, PersonId, Role};
use satchel_testkit::clips;
use serde_json::{Map, Value, json};

const CHANNEL: ChannelId = ChannelId([1; 16]);

/// Made-up material in a folder of its own.
pub struct Shelf {
    files: BTreeMap<Hash, (PathBuf, &'static str)>,
    order: Vec<Hash>,
    _folder: Option<tempfile::TempDir>,
}

impl Shelf {
    /// One file for each ending: `jpg` or `mp4`.
    pub fn with(endings: &[&str]) -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Self::in_folder(folder.path(), endings);
        Arc::new(Self { _folder: Some(folder), ..shelf })
    }

    /// The same in a folder that is kept: what is there already is used.
    pub fn in_folder(folder: &Path, endings: &[&str]) -> Self {
        let (mut files, mut order) = (BTreeMap::new(), Vec::new());
        for (index, ending) in endings.iter().enumerate() {
            let path = folder.join(format!("{index}.{ending}"));
            let is_video = *ending == "mp4";
            if !path.exists() && is_video {
                clips::video(&path, 1).unwrap();
            } else if !path.exists() {
                clips::picture(&path, 640, 400, u32::try_from(index).unwrap() + 1).unwrap();
            }
            let mime = if is_video { "video/mp4" } else { "image/jpeg" };
            let hash = Hash(*blake3::hash(&std::fs::read(&path).unwrap()).as_bytes());
            files.insert(hash, (path, mime));
            order.push(hash);
        }
        Self { files, order, _folder: None }
    }

    fn library(&self) -> Library {
        let facts = |path: &PathBuf, mime: &str| MediaFacts {
            mime: mime.to_owned(),
            bytes: std::fs::metadata(path).unwrap().len(),
            broken: false,
        };
        self.files.iter().map(|(hash, (path, mime))| (*hash, facts(path, mime))).collect()
    }
}

impl MediaSource for Shelf {
    fn open(&self, blob: &Hash) -> io::Result<MediaFile> {
        let (path, _) = self.files.get(blob).ok_or(io::ErrorKind::NotFound)?;
        let file = std::fs::File::open(path)?;
        let bytes = file.metadata()?.len();
        Ok(MediaFile { reader: Box::new(file), bytes })
    }
}

/// Writes down what was announced; may refuse to.
#[derive(Default)]
pub struct Diary {
    began: Mutex<Vec<String>>,
    dispatched: Mutex<Vec<String>>,
    refuses: bool,
}

#[allow(dead_code, reason = "each test file uses its part")]
impl Diary {
    pub fn refusing() -> Self {
        Self { refuses: true, ..Self::default() }
    }

    pub fn began(&self) -> Vec<String> {
        self.began.lock().unwrap().clone()
    }

    pub fn dispatched(&self) -> Vec<String> {
        self.dispatched.lock().unwrap().clone()
    }
}

#[async_trait]
impl StepLog for Diary {
    fn began(&self, step: &str) {
        self.began.lock().unwrap().push(step.to_owned());
    }

    async fn dispatched(&self, step: &str) -> Result<(), PushError> {
        if self.refuses {
            return Err(PushError::NotDispatched { why: "the disk is full".to_owned() });
        }
        self.dispatched.lock().unwrap().push(step.to_owned());
        Ok(())
    }
}

/// A signed package with the shelf's material between two paragraphs.
pub fn package(marker: &str, title: &str, shelf: &Shelf) -> Package {
    let view = story(title, shelf);
    let rules = ChannelRules::wordpress();
    let order = Order { channel: CHANNEL, rules: &rules, slug: "library-opens", marker };
    Package::seal(&view, &signed(&view), &order, &shelf.library()).unwrap()
}

fn story(title: &str, shelf: &Shelf) -> RevisionView {
    let mut blocks = vec![paragraph("<b>新馆</b>的大门 & 窗“都”开着，早上八点就有读者在门口等候。")];
    for (index, blob) in shelf.order.iter().enumerate() {
        let kind = if shelf.files[blob].1 == "video/mp4" { "video" } else { "picture" };
        blocks.push(Block::new(
            true,
            props(json!({
                "t": "fig", "blob": blob.to_string(), "kind": kind, "w": 640, "h": 400,
                "caption": format!("图书馆外景 {}", index + 1), "credit": "李四 摄", "alt": "一座楼"
            })),
            vec![],
        ));
    }
    blocks.push(paragraph(&"馆内有阅览座位三百个，免费向全县居民开放。".repeat(3)));
    let fields = Fields {
        headline: title.to_owned(),
        deck: "三百个座位，免费开放。".to_owned(),
        dateline: "本报讯".to_owned(),
        byline: "记者 王五".to_owned(),
        kicker: String::new(),
    };
    RevisionView { schema: 1, fields, blocks }
}

fn paragraph(text: &str) -> Block {
    Block::new(
        false,
        props(json!({ "t": "p" })),
        vec![Run::Text { text: text.to_owned(), marks: Map::new() }],
    )
}

fn props(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn signed(view: &RevisionView) -> SignOff {
    let rev = view.seal().hash;
    let mut case = Case::new(PersonId([1; 16]), Policy::default());
    let acts = [
        (1, Role::Reporter, Decision::Submit { rev, summary: String::new() }),
        (2, Role::Editor, Decision::Pass { level: Level::First, rev, policy: 1 }),
        (3, Role::Head, Decision::Pass { level: Level::Second, rev, policy: 1 }),
        (4, Role::Chief, Decision::Sign { rev, channels: vec![CHANNEL], policy: 1 }),
    ];
    for (person, role, decision) in acts {
        let (person, device) = (PersonId([person; 16]), DeviceId([person; 16]));
        let signer = Signer { person, device, roles: &[role], revoked: false };
        case.accept(&signer, &decision, 1).unwrap();
    }
    case.sign_off().unwrap()
}
