//! One golden record for every kind, and one for every earlier form of a body: decoded and verified in every build.
//!
//! A file is made once, with `BLESS=1`, and never again: what is there is what laptops have on their disks.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::sync::Once;

use satchel_terms::{Hash, NewsroomId};
use satchel_wire::body::*;
use satchel_wire::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/records")
}

/// Every kind that the program names, as its source has them: name and number.
fn kinds() -> Vec<(String, u16)> {
    let lines = include_str!("../src/kind.rs").lines().filter_map(|line| {
        let (name, rest) = line.trim().strip_prefix("pub const ")?.split_once(": Self = Self(")?;
        Some((name.to_lowercase().replace('_', "-"), rest.strip_suffix(");")?.parse().ok()?))
    });
    lines.collect()
}

fn id16(text: &str) -> String {
    text.repeat(32).chars().take(32).collect()
}

fn hash(text: &str) -> String {
    text.repeat(64).chars().take(64).collect()
}

/// The update of one word in a text: Yjs, version 1.
const UPDATE: [u8; 16] = [1, 1, 1, 0, 4, 1, 4, b'b', b'o', b'd', b'y', 3, b'a', b'b', b'c', 0];

/// The body of each golden record: file name, kind, body. A new form of an old kind gets a name of its own.
fn bodies() -> Vec<(&'static str, Kind, Value)> {
    let (job, channel, device) = (id16("4"), id16("6"), id16("9"));
    vec![
        (
            "doc-rev",
            Kind::DOC_REV,
            json!({"blocks":[],"byline":"","dateline":"","deck":"","headline":"县城水位回落","kicker":"","schema":1}),
        ),
        (
            "doc-branch",
            Kind::DOC_BRANCH,
            json!({"baseRev":hash("1"),"rev":hash("2"),"canonical":"{}","by":id16("3")}),
        ),
        ("field-set.1", Kind::FIELD_SET, json!({"name":"genre","value":"feature"})),
        ("field-set", Kind::FIELD_SET, json!({"name":"genre","value":"feature","over":[hash("a")]})),
        ("story-create", Kind::STORY_CREATE, json!({"slug":"flood-2026","authorName":"张三"})),
        (
            "asset-add",
            Kind::ASSET_ADD,
            json!({"name":"DSC_0001.JPG","blob":hash("b"),"bytes":9_400_000,"kind":"picture","mime":"image/jpeg","width":6000,"height":4000,"capturedAt":1_795_000_000_000_i64,"story":id16("5"),"caption":"大坝","credit":"张三"}),
        ),
        (
            "asset-derive",
            Kind::ASSET_DERIVE,
            json!({"of":hash("b"),"role":"thumb","blob":hash("c"),"bytes":18_000,"mime":"image/jpeg"}),
        ),
        ("decision", Kind::DECISION, json!({"act":"submit","rev":hash("d"),"summary":"县城水位回落"})),
        (
            "comment",
            Kind::COMMENT,
            json!({"id":id16("e"),"rev":hash("d"),"quote":"三百一十二件","kind":"question","text":"数字核实过吗？"}),
        ),
        (
            "publish-intent",
            Kind::PUBLISH_INTENT,
            json!({"job":job,"channel":channel,"account":"desk","rev":hash("d"),"marker":"satchel-0123"}),
        ),
        ("publish-dispatched", Kind::PUBLISH_DISPATCHED, json!({"job":job,"fence":3,"step":"post"})),
        (
            "publish-receipt",
            Kind::PUBLISH_RECEIPT,
            json!({"job":job,"channel":channel,"rev":hash("d"),"url":"https://example.org/1","remoteId":"1","at":1_795_000_000_000_i64,"by":device}),
        ),
        ("publish-unknown", Kind::PUBLISH_UNKNOWN, json!({"job":job,"why":"timeout"})),
        ("publish-retract", Kind::PUBLISH_RETRACT, json!({"job":job,"reason":"写错了人名"})),
        (
            "publish-resolve",
            Kind::PUBLISH_RESOLVE,
            json!({"job":job,"outcome":"not_released","reason":"网站上没有"}),
        ),
        (
            "device-cert",
            Kind::DEVICE_CERT,
            json!({"device":device,"publicKey":hash("f"),"person":id16("3"),"name":"张三","roles":["reporter"],"newsroom":id16("03"),"notAfter":1_803_000_000_000_i64,"epoch":1}),
        ),
        ("device-revoke", Kind::DEVICE_REVOKE, json!({"device":device,"reason":"丢了"})),
        (
            "role-grant",
            Kind::ROLE_GRANT,
            json!({"person":id16("3"),"name":"张三","roles":["reporter","editor"]}),
        ),
        (
            "channel-set",
            Kind::CHANNEL_SET,
            json!({"id":channel,"name":"网站","kind":"wordpress","lane":"pool","account":"desk","url":"https://example.org","settings":{}}),
        ),
        ("device-rotate", Kind::DEVICE_ROTATE, json!({"from":device,"to":id16("8"),"why":"fork"})),
        (
            "pool-verdict",
            Kind::POOL_VERDICT,
            json!({"record":hash("a"),"accepted":true,"state":"awaiting-first"}),
        ),
        ("lease", Kind::LEASE, json!({"story":id16("5"),"holder":id16("3"),"untilMs":1_795_000_900_000_i64})),
    ]
}

fn sealed(kind: Kind, codec: Codec, body: Vec<u8>) -> Record {
    let draft = Draft {
        kind,
        newsroom: NewsroomId([3; 16]),
        device: device_id(&key().verifying_key()),
        stream: Stream::Editorial,
        seq: 1,
        prev: Hash::ZERO,
        time: HybridTime::next(1_795_000_000_000, HybridTime::default()),
        subject: [5; 16],
        codec,
        body,
    };
    Record::seal(draft, &key()).unwrap()
}

/// Writes the files that are not there yet. None that is there is ever written again.
fn bless() {
    let mut all: Vec<_> = bodies()
        .into_iter()
        .map(|(name, kind, body)| (name, sealed(kind, Codec::Json, serde_json::to_vec(&body).unwrap())))
        .collect();
    all.push(("doc-update", sealed(Kind::DOC_UPDATE, Codec::ZstdRaw, UPDATE.to_vec())));
    std::fs::create_dir_all(folder()).unwrap();
    for (name, record) in all {
        let path = folder().join(format!("{name}.hex"));
        if !path.exists() {
            std::fs::write(path, format!("{}\n", hex::encode(record.bytes()))).unwrap();
        }
    }
}

/// The golden records by file name.
fn golden() -> Vec<(String, Record)> {
    static BLESSED: Once = Once::new();
    if std::env::var_os("BLESS").is_some() {
        BLESSED.call_once(bless);
    }
    let mut found: Vec<_> =
        std::fs::read_dir(folder()).unwrap().flatten().map(|entry| entry.path()).collect();
    found.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let record = Record::parse(hex::decode(text.trim()).unwrap());
        (name.clone(), record.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    found.into_iter().map(read).collect()
}

#[test]
fn every_kind_that_the_program_names_has_a_golden_record() {
    let golden = golden();
    assert!(kinds().len() >= 22, "the source was read: {:?}", kinds());
    for (name, number) in kinds() {
        let found = golden.iter().any(|(file, record)| *file == name && record.header().kind == Kind(number));
        assert!(
            found,
            "kind {number} has no golden file records/{name}.hex: write its body above, and BLESS=1"
        );
    }
}

#[test]
fn every_golden_record_is_believed_and_says_what_it_said() {
    for (name, record) in golden() {
        record.verify(&key().verifying_key()).unwrap_or_else(|error| panic!("{name}: {error}"));
        match record.header().kind {
            Kind::DOC_UPDATE => assert_eq!(record.body().unwrap(), UPDATE),
            // The canonical revision and the decision belong to the story; its own laws read these files.
            Kind::DOC_REV | Kind::DECISION => drop(record.json::<Value>().unwrap()),
            Kind::DOC_BRANCH => same::<DocBranch>(&name, &record),
            Kind::FIELD_SET => same::<FieldSet>(&name, &record),
            Kind::STORY_CREATE => same::<StoryCreate>(&name, &record),
            Kind::ASSET_ADD => same::<ClipFacts>(&name, &record),
            Kind::ASSET_DERIVE => same::<AssetDerive>(&name, &record),
            Kind::COMMENT => same::<CommentBody>(&name, &record),
            Kind::PUBLISH_INTENT => same::<PublishIntent>(&name, &record),
            Kind::PUBLISH_DISPATCHED => same::<PublishDispatched>(&name, &record),
            Kind::PUBLISH_RECEIPT => same::<Receipt>(&name, &record),
            Kind::PUBLISH_UNKNOWN => same::<PublishUnknown>(&name, &record),
            Kind::PUBLISH_RETRACT => same::<PublishRetract>(&name, &record),
            Kind::PUBLISH_RESOLVE => same::<PublishResolve>(&name, &record),
            Kind::DEVICE_CERT => same::<Certificate>(&name, &record),
            Kind::DEVICE_REVOKE => same::<Revoke>(&name, &record),
            Kind::ROLE_GRANT => same::<RoleGrant>(&name, &record),
            Kind::CHANNEL_SET => same::<Channel>(&name, &record),
            Kind::DEVICE_ROTATE => same::<Rotate>(&name, &record),
            Kind::POOL_VERDICT => same::<Verdict>(&name, &record),
            Kind::LEASE => same::<Lease>(&name, &record),
            other => panic!("{name}: kind {} has no body here", other.0),
        }
    }
}

/// What was read says the same when it is written anew: nothing of it was lost.
fn same<T: DeserializeOwned + Serialize>(name: &str, record: &Record) {
    let read: T = record.json().unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(serde_json::to_value(read).unwrap(), record.json::<Value>().unwrap(), "{name}");
}
