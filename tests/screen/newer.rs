//! A laptop that was not updated yet, among newer ones: it shows what it knows, and leaves everything else alone.
//!
//! A newer program of the same author puts two stories into a real pool, as records signed by an enrolled device. The
//! real window of the author's other laptop opens them, stands idle beyond the time after which it seals, syncs, and
//! writes. What the pool holds is compared byte by byte.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use satchel_story::{Document, RevisionView};
use satchel_sync::{Client, Habits, Identity};
use satchel_terms::{Hash, StoryId};
use satchel_wire::body::{FieldSet, StoryCreate};
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream, device_id};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use yrs::types::Attrs;
use yrs::{
    Any, ArrayPrelim, ClientID, Doc, GetString, Map, MapPrelim, MapRef, OffsetKind, Options, Text,
    TextPrelim, TextRef, Transact, TransactionMut,
};

use crate::centre::Centre;
use crate::driver::App;
use crate::words::Words;

const PASSPHRASE: &str = "a long enough passphrase";
const LANGUAGE: &str = "zh-CN";
const SAVED: &str = "[data-test=save-fact][data-state=saved]";
const OPEN: &str = "新版写的山路快递";
const CLOSED: &str = "只许新版改的稿件";
const FIRST: &str = "凌晨五点，雾还没散，";
const GLOWING: &str = "灯已经亮了。";
const VERSE: &str = "山高路远，";
const LAST: &str = "路通了，老人也坐得住了。";
const TYPED: &str = "又添了一句。";

/// A kind of record that this program has no name for.
const NEWER_KIND: Kind = Kind(900);
/// Longer than the window and the core wait before they seal what was typed.
const IDLE: Duration = Duration::from_secs(35);

/// The newer program on the author's first laptop.
struct Newer {
    road: Runtime,
    client: Client,
    identity: Identity,
    person: String,
    seq: u64,
    prev: Hash,
    time: HybridTime,
}

impl Newer {
    fn enrol(centre: &Centre) -> Self {
        let file = centre.invite("林记者", &["reporter"]);
        let invitation = satchel_sync::read_invitation(&std::fs::read_to_string(file).unwrap()).unwrap();
        let habits = Habits { program: "satchel/99.0.0".into(), ..Habits::default() };
        let key = SigningKey::from_bytes(&[99; 32]);
        let road = Runtime::new().unwrap();
        let enrolled = satchel_sync::enrol(&invitation, &key, "newer", &habits);
        let enrolled = road.block_on(enrolled).unwrap();
        let device = device_id(&key.verifying_key());
        let identity = Identity { device, key, newsroom: enrolled.identity.newsroom };
        let client = Client::new(&enrolled.line, &identity, &habits).unwrap();
        let person = invitation.person.to_string();
        Self { road, client, identity, person, seq: 0, prev: Hash::ZERO, time: HybridTime::default() }
    }

    fn seal(&mut self, kind: Kind, story: StoryId, codec: Codec, body: Vec<u8>) -> Record {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        self.time = HybridTime::next(u64::try_from(now).unwrap(), self.time);
        let draft = Draft {
            kind,
            newsroom: self.identity.newsroom,
            device: self.identity.device,
            stream: Stream::Editorial,
            seq: self.seq + 1,
            prev: self.prev,
            time: self.time,
            subject: story.0,
            codec,
            body,
        };
        let record = Record::seal(draft, &self.identity.key).unwrap();
        self.seq += 1;
        self.prev = record.id();
        record
    }

    fn say(&mut self, kind: Kind, story: StoryId, body: &Value) -> Record {
        self.seal(kind, story, Codec::Json, serde_json::to_vec(body).unwrap())
    }

    /// Puts a story into the pool: its creation, its text, and things that only a newer program knows.
    fn publish(&mut self, story: StoryId, headline: &str, update: Vec<u8>) {
        let create = StoryCreate { slug: headline.into(), author_name: "林记者".into() };
        let mood = FieldSet { name: "mood".into(), value: json!({"warm": 3}), over: None };
        let records = [
            self.say(Kind::STORY_CREATE, story, &serde_json::to_value(create).unwrap()),
            self.say(Kind::FIELD_SET, story, &serde_json::to_value(mood).unwrap()),
            self.seal(Kind::DOC_UPDATE, story, Codec::ZstdRaw, update),
            self.say(NEWER_KIND, story, &json!({"weather": ["雾", 5]})),
        ];
        let answer = self.road.block_on(self.client.push(&records)).unwrap();
        assert_eq!(answer.rejected, vec![], "the pool keeps what it does not know");
    }

    /// What the pool holds about a story, in its order.
    fn pool_about(&self, story: StoryId) -> Vec<Record> {
        let (mut after, mut records) = (0, Vec::new());
        loop {
            let page = self.road.block_on(self.client.feed(after)).unwrap();
            if page.next == after {
                records.retain(|record: &Record| record.header().subject == story.0);
                return records;
            }
            records.extend(Record::parse_many(&page.bytes).unwrap());
            after = page.next;
        }
    }
}

fn bytes(records: &[Record]) -> Vec<Vec<u8>> {
    records.iter().map(|record| record.bytes().to_vec()).collect()
}

fn texts(records: &[Record]) -> Vec<Vec<u8>> {
    let updates = records.iter().filter(|record| record.header().kind == Kind::DOC_UPDATE);
    updates.map(|record| record.body().unwrap().to_vec()).collect()
}

/// The content of the story as the pool's records give it.
fn content(records: &[Record]) -> RevisionView {
    let mut document = Document::new();
    for update in texts(records) {
        document.apply(&update).unwrap();
    }
    assert!(!document.is_waiting());
    document.view()
}

/// What only a newer program reads: a root text, and a key of `meta`.
fn beyond(records: &[Record]) -> (String, String) {
    use yrs::updates::decoder::Decode;
    let doc = Doc::new();
    let (ticker, meta) = (doc.get_or_insert_text("ticker"), doc.get_or_insert_map("meta"));
    for update in texts(records) {
        doc.transact_mut().apply_update(yrs::Update::decode_v1(&update).unwrap()).unwrap();
    }
    let txn = doc.transact();
    (ticker.get_string(&txn), meta.get(&txn, "look").unwrap().to_string(&txn))
}

/// The text of a newer program.
struct Pen<'a, 'doc> {
    txn: &'a mut TransactionMut<'doc>,
    body: TextRef,
    blocks: MapRef,
}

fn any(value: &Value) -> Any {
    Any::from_json(&value.to_string()).unwrap()
}

impl Pen<'_, '_> {
    fn run(&mut self, text: &str, marks: &[(&str, Value)]) {
        let attrs = marks.iter().map(|(name, value)| ((*name).into(), any(value))).collect::<Attrs>();
        let end = self.body.len(self.txn);
        self.body.insert_with_attributes(self.txn, end, text, attrs);
    }

    fn embed(&mut self, embed: &Value, marks: &[(&str, Value)]) {
        let attrs = marks.iter().map(|(name, value)| ((*name).into(), any(value))).collect::<Attrs>();
        let end = self.body.len(self.txn);
        self.body.insert_embed_with_attributes(self.txn, end, any(embed), attrs);
    }

    /// Ends a text block, or stands for an atomic one.
    fn block(&mut self, key: &str, id: &str, props: &[(&str, Value)]) -> MapRef {
        self.embed(&json!({ key: id }), &[]);
        let map = self.blocks.insert(self.txn, id, MapPrelim::default());
        for (name, value) in props {
            map.insert(self.txn, *name, any(value));
        }
        map
    }
}

/// A story with a block, an atomic block, a mark, an embed, properties, fields and roots that this program has no
/// name for, and the gate that it sets.
fn newer_text(client: u64, headline: &str, gate: &[(&str, i64)]) -> Vec<u8> {
    let mut options = Options::with_client_id(ClientID::new(client));
    options.offset_kind = OffsetKind::Utf16;
    let doc = Doc::with_options(options);
    let names = [("headline", headline), ("byline", "林记者"), ("ticker", "滚动字幕：路通了")];
    let fields = names.map(|(root, text)| (doc.get_or_insert_text(root), text));
    let (meta, body, blocks) =
        (doc.get_or_insert_map("meta"), doc.get_or_insert_text("body"), doc.get_or_insert_map("blocks"));
    let mut txn = doc.transact_mut();
    for (root, text) in &fields {
        root.insert(&mut txn, 0, text);
    }
    for (key, level) in gate {
        meta.insert(&mut txn, *key, *level);
    }
    meta.insert(&mut txn, "look", any(&json!({"grid": 12})));
    let mut pen = Pen { txn: &mut txn, body, blocks };
    pen.run(FIRST, &[]);
    pen.run("快递站的", &[("bold", json!(true))]);
    pen.run(GLOWING, &[("glow", json!({"hue": 3, "soft": [true, 0.5]})), ("bold", json!(true))]);
    pen.embed(&json!({"spark": {"y": 2}, "n": 1.5}), &[("glow", json!({"hue": 4}))]);
    pen.block("b", "00000000000000a1", &[("t", json!("p")), ("tint", json!("red"))]);
    let map = pen.block("a", "00000000000000a2", &[("t", json!("map")), ("lat", json!(30.25))]);
    map.insert(pen.txn, "legend", TextPrelim::new("山村的路"));
    map.insert(pen.txn, "pins", ArrayPrelim::from(["一组", "九组"]));
    pen.run(VERSE, &[]);
    pen.block("b", "00000000000000a3", &[("t", json!("verse")), ("meter", json!([5, 7, 5]))]);
    pen.run(LAST, &[]);
    pen.block("b", "00000000000000a4", &[("t", json!("p"))]);
    txn.encode_update_v1()
}

/// The window of the author's laptop that was not updated.
struct Older {
    app: App,
    words: Words,
}

impl Older {
    fn join(centre: &Centre, person: &str) -> Self {
        let invitation = centre.invite_again("林记者的旧电脑", &["reporter"], person);
        let app = App::open(&library(centre), LANGUAGE);
        let join = json!({"path": invitation, "passphrase": PASSPHRASE});
        app.call("join_centre", &join).unwrap();
        app.js("window.isOldPage = true; location.reload()");
        app.must("the new page", || Ok(app.js("return !window.isOldPage") == true));
        app.wait_css("[data-test=room-today]");
        let older = Self { app, words: Words::load(LANGUAGE) };
        older.app.must("both stories", || {
            Ok(older.app.call("stories", &json!({})).unwrap().as_array().unwrap().len() == 2)
        });
        older
    }

    fn open(&self, headline: &str) {
        self.app.click_css("[data-test=room-write]");
        self.app.must("the list", || {
            if self.app.count("[data-test=all-stories]") > 0 {
                self.app.click_css("[data-test=all-stories]");
            }
            Ok(self.app.count(".story-cards") > 0)
        });
        self.app.click(headline);
        self.app.wait_css(".ProseMirror");
        self.app.must("the text", || Ok(self.text().contains(LAST)));
    }

    fn text(&self) -> String {
        let text = self.app.js("return document.querySelector('.ProseMirror')?.innerText ?? ''");
        text.as_str().unwrap().to_owned()
    }

    /// The known text stands there, and a grey chip for each thing without a name.
    fn shows_what_it_knows(&self) {
        let text = self.text();
        for known in [FIRST, "快递站的", GLOWING, VERSE, LAST] {
            assert!(text.contains(known), "{known} in {text}");
        }
        for unknown in
            ["[data-unknown-block]", "[data-unknown-mark]", "[data-unknown-inline]", "div.story-chip"]
        {
            assert!(self.app.count(&format!(".ProseMirror {unknown}")) > 0, "{unknown} has its place");
        }
        assert!(text.contains("map"), "the chip names what it stands for: {text}");
    }

    /// Leaves the story, which seals what the window holds, and talks to the pool until it has answered anew.
    fn leave_and_sync(&self) {
        self.app.click_css("[data-test=room-today]");
        self.app.must("the story to be left", || Ok(self.app.count(".ProseMirror") == 0));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        self.app.call("sync_now", &json!({})).unwrap();
        self.app.must("a full round with the pool", || {
            let state = self.app.call("sync_state", &json!({})).unwrap();
            let answered = u128::from(state["lastAnswer"].as_u64().unwrap_or_default());
            Ok(answered > now && state["recordsWaiting"] == 0 && state["state"] == "idle")
        });
    }
}

fn library(centre: &Centre) -> PathBuf {
    centre.dir.path().join("library-of-the-older")
}

/// Waits with the window in sight and looks that it stays alive.
fn idle(older: &Older) {
    let until = Instant::now() + IDLE;
    while Instant::now() < until {
        std::thread::sleep(Duration::from_secs(5));
        assert_eq!(older.app.count(SAVED), 1, "nothing is on its way to the disk");
    }
}

/// The canonical blocks as plain JSON.
fn blocks(view: &RevisionView) -> Vec<Value> {
    let canonical = view.seal().canonical;
    let value: Value = serde_json::from_slice(&canonical).unwrap();
    value["blocks"].as_array().unwrap().clone()
}

/// All text of a block.
fn run_text(block: &Value) -> String {
    let runs = block["runs"].as_array().unwrap();
    runs.iter().filter_map(|run| run[0].as_str()).collect()
}

#[test]
fn a_newer_story_is_opened_synced_and_written_in_and_loses_nothing() {
    let centre = Centre::found("山县融媒体中心");
    let mut newer = Newer::enrol(&centre);
    let (open, closed) = (StoryId([0xA1; 16]), StoryId([0xA2; 16]));
    newer.publish(
        open,
        OPEN,
        newer_text(4_001, OPEN, &[("schema", 2), ("min_reader", 1), ("min_writer", 1)]),
    );
    newer.publish(
        closed,
        CLOSED,
        newer_text(4_002, CLOSED, &[("schema", 3), ("min_reader", 1), ("min_writer", 2)]),
    );
    let before: HashMap<_, _> = [open, closed].map(|story| (story, newer.pool_about(story))).into();
    assert_eq!(before[&open].len(), 4);
    let older = Older::join(&centre, &newer.person);

    // Opened, idle, left, synced: the pool holds what it held.
    older.open(OPEN);
    older.shows_what_it_knows();
    older.app.wait_css(".ProseMirror[contenteditable=true]");
    older.app.click_css(".ProseMirror p");
    idle(&older);
    older.leave_and_sync();
    assert_eq!(bytes(&newer.pool_about(open)), bytes(&before[&open]), "the pool's bytes are unchanged");

    // The one that only newer programs may write is shown, with a clear word, and not written.
    older.open(CLOSED);
    older.shows_what_it_knows();
    older.app.wait_text(&older.words.of("write", "read-only.newer-version"));
    older.app.wait_css(".ProseMirror[contenteditable=false]");
    assert_eq!(older.app.count("[data-test=file]"), 0);
    older.app.click_css(".ProseMirror p");
    older.app.type_text("写不进去");
    let update = satchel_wire::to_base64(&newer_text(4_003, "", &[]));
    let refused =
        older.app.call("keep_update", &json!({"story": closed, "session": 4_003, "update": update}));
    let refused = refused.unwrap_err();
    assert_eq!(
        (&refused["code"], &refused["params"]["why"]),
        (&json!("desk.read-only"), &json!("newer-version"))
    );
    idle(&older);
    older.leave_and_sync();
    for story in [open, closed] {
        assert_eq!(bytes(&newer.pool_about(story)), bytes(&before[&story]), "the pool's bytes are unchanged");
    }

    // One word typed: it is there, and everything else is what it was.
    older.open(OPEN);
    older.app.wait_css(".ProseMirror[contenteditable=true]");
    older.app.click_css(".ProseMirror p:last-of-type");
    older.app.press_keys("Control+End");
    older.app.type_text(TYPED);
    older.app.must("the typed words", || Ok(older.text().contains(TYPED)));
    older.app.wait_css(SAVED);
    older.leave_and_sync();
    older.app.quit();
    let after = newer.pool_about(open);
    compare(&before[&open], &after);
    assert_eq!(bytes(&newer.pool_about(closed)), bytes(&before[&closed]));
}

/// The old records stand first and unchanged; the text differs by what was typed and by nothing else.
fn compare(before: &[Record], after: &[Record]) {
    assert_eq!(bytes(&after[..before.len()]), bytes(before));
    assert!(after.len() > before.len());
    let (old, new) = (content(before), content(after));
    assert_eq!(old.fields, new.fields);
    assert_eq!(new.schema, 2);
    assert_eq!(beyond(before), beyond(after));
    assert_eq!(beyond(after).0, "滚动字幕：路通了");
    let (old, new) = (blocks(&old), blocks(&new));
    assert_eq!(old.len(), new.len());
    assert_eq!(old[..3], new[..3], "what this program has no name for is as it was");
    assert_eq!(run_text(&new[3]), format!("{LAST}{TYPED}"));
    assert_eq!(new[3]["props"], old[3]["props"]);
    let text = Value::from(new).to_string();
    for unknown in
        ["\"tint\":\"red\"", "\"glow\"", "\"spark\"", "\"verse\"", "\"meter\"", "\"pins\"", "\"legend\""]
    {
        assert!(text.contains(unknown), "{unknown} in {text}");
    }
}
