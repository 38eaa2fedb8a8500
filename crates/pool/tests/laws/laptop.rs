//! A laptop as the pool sees it: a key, two chains, a token.

use reqwest::{Client, Response, StatusCode};
use satchel_story::{Decision, Document};
use satchel_terms::{DeviceId, Hash, NewsroomId, PersonId, StoryId};
use satchel_wire::body::{Certificate, StoryCreate, Verdict};
use satchel_wire::protocol::*;
use satchel_wire::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub struct Laptop {
    pub key: SigningKey,
    pub device: DeviceId,
    pub person: PersonId,
    pub newsroom: NewsroomId,
    pub url: String,
    pub token: String,
    pub seq: u64,
    pub prev: Hash,
    pub http: Client,
}

/// Sixteen bytes that differ from place to place.
pub fn id(seed: u8) -> [u8; 16] {
    [seed; 16]
}

impl Laptop {
    /// A laptop with a key of its own, not yet known to any pool.
    pub fn new(seed: u8, invitation: &Invitation) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        Self {
            device: device_id(&key.verifying_key()),
            key,
            person: invitation.person,
            newsroom: invitation.newsroom,
            url: invitation.pool.clone(),
            token: String::new(),
            seq: 0,
            prev: Hash::ZERO,
            http: Client::new(),
        }
    }

    pub async fn enrol(&self, invitation: &Invitation) -> Result<Certificate, Problem> {
        invitation.verify().unwrap();
        let ask = EnrolAsk {
            code: invitation.code.clone(),
            public_key: key_to_hex(&self.key.verifying_key()),
            machine: "test".into(),
        };
        let enrolled: Enrolled = read(self.post("/v1/enrol", &ask).await).await?;
        let record = Record::parse(from_base64(&enrolled.certificate).unwrap()).unwrap();
        record.verify(&key_from_hex(&invitation.pool_key).unwrap()).expect("the pool signs its certificates");
        Ok(record.json().unwrap())
    }

    pub async fn sign_in(&mut self) -> Result<(), Problem> {
        let asked = self.post("/v1/token", &TokenAsk { device: self.device }).await;
        let challenge: TokenChallenge = read(asked).await?;
        let proof = TokenProve::sign(self.device, &challenge.challenge, &self.key);
        let token: Token = read(self.post("/v1/token", &proof).await).await?;
        self.token = token.token;
        Ok(())
    }

    /// The record by which the pool vouches for this laptop.
    pub async fn certificate(&self) -> Vec<u8> {
        let feed = self.feed(0).await;
        let mut about = feed.iter().filter(|record| record.header().subject == self.device.0);
        about.find(|record| record.header().kind == Kind::DEVICE_CERT).unwrap().bytes().to_vec()
    }

    /// A token for who shows a certificate.
    pub async fn sign_in_showing(&self, certificate: &[u8]) -> Result<Token, Problem> {
        let asked = self.post("/v1/token", &TokenAsk { device: self.device }).await;
        let challenge: TokenChallenge = read(asked).await?;
        let proof = TokenProve::sign(self.device, &challenge.challenge, &self.key).showing(certificate);
        read(self.post("/v1/token", &proof).await).await
    }

    /// Enrolled and signed in.
    pub async fn join(seed: u8, invitation: &Invitation) -> Self {
        let mut laptop = Self::new(seed, invitation);
        laptop.enrol(invitation).await.unwrap();
        laptop.sign_in().await.unwrap();
        laptop
    }

    pub async fn post(&self, path: &str, body: &impl Serialize) -> Response {
        self.http
            .post(format!("{}{path}", self.url))
            .bearer_auth(&self.token)
            .json(body)
            .send()
            .await
            .unwrap()
    }

    pub async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token).send().await.unwrap()
    }

    pub async fn put(&self, path: &str, body: Vec<u8>) -> Response {
        self.http.put(format!("{}{path}", self.url)).bearer_auth(&self.token).body(body).send().await.unwrap()
    }

    /// The next record of the editorial chain.
    pub fn seal(&mut self, kind: Kind, subject: [u8; 16], codec: Codec, body: Vec<u8>) -> Record {
        let draft = Draft {
            kind,
            newsroom: self.newsroom,
            device: self.device,
            stream: Stream::Editorial,
            seq: self.seq + 1,
            prev: self.prev,
            time: HybridTime::next(1_800_000_000_000 + self.seq, HybridTime::default()),
            subject,
            codec,
            body,
        };
        let record = Record::seal(draft, &self.key).unwrap();
        self.seq += 1;
        self.prev = record.id();
        record
    }

    pub fn say(&mut self, kind: Kind, subject: [u8; 16], body: &impl Serialize) -> Record {
        self.seal(kind, subject, Codec::Json, serde_json::to_vec(body).unwrap())
    }

    pub async fn push_bytes(&self, bytes: Vec<u8>) -> Result<RecordsAnswer, Problem> {
        let sent = self.http.post(format!("{}/v1/records", self.url)).bearer_auth(&self.token).body(bytes);
        read(sent.send().await.unwrap()).await
    }

    pub async fn push(&self, records: &[Record]) -> RecordsAnswer {
        self.push_bytes(join(records)).await.unwrap()
    }

    /// Pushes a record that is judged, and fetches the pool's verdict from the feed.
    pub async fn ask(&self, record: Record) -> Verdict {
        let answer = self.push(std::slice::from_ref(&record)).await;
        assert_eq!(answer.rejected, vec![], "the record itself is in order");
        let verdicts =
            self.feed(0).await.into_iter().filter(|record| record.header().kind == Kind::POOL_VERDICT);
        let mut about = verdicts.map(|verdict| verdict.json::<Verdict>().unwrap());
        about.find(|verdict| verdict.record == record.id()).expect("every decision gets a verdict")
    }

    pub async fn decide(&mut self, story: StoryId, decision: &Decision) -> Verdict {
        let record = self.say(Kind::DECISION, story.0, decision);
        self.ask(record).await
    }

    /// Everything in the feed after a place, page by page.
    pub async fn feed(&self, after: u64) -> Vec<Record> {
        let (mut after, mut records) = (after, Vec::new());
        loop {
            let page = self.get(&format!("/v1/feed?after={after}&limit=4096")).await;
            assert_eq!(page.status(), StatusCode::OK);
            let next: u64 = header(&page, NEXT);
            let bytes = page.bytes().await.unwrap();
            if next == after {
                assert!(bytes.is_empty());
                return records;
            }
            records.extend(Record::parse_many(&bytes).unwrap());
            after = next;
        }
    }

    pub async fn hello(&self) -> Hello {
        let ask = HelloAsk {
            protocol: PROTOCOL,
            program: "test".into(),
            device: self.device,
            newsroom: self.newsroom,
            now: 0,
            nonce: Some("cafe".into()),
        };
        read(self.post("/v1/hello", &ask).await).await.unwrap()
    }

    /// Creates a story with this text and answers its document.
    pub async fn write(&mut self, story: StoryId, update: Vec<u8>) -> Document {
        let create = StoryCreate { slug: "flood-2026".into(), author_name: "author".into() };
        let created = self.say(Kind::STORY_CREATE, story.0, &create);
        let mut document = Document::new();
        document.apply(&update).unwrap();
        let text = self.seal(Kind::DOC_UPDATE, story.0, Codec::ZstdRaw, update);
        assert_eq!(self.push(&[created, text]).await.rejected, vec![]);
        document
    }

    pub async fn upload(&self, bytes: &[u8]) -> Hash {
        let manifest = Manifest::of(bytes).unwrap();
        let root = manifest.root;
        let begun =
            self.put(&format!("/v1/blobs/{root}/manifest?len={}", bytes.len()), manifest.to_bytes()).await;
        assert!(begun.status().is_success());
        let last = manifest.segments();
        if last > 0 {
            let sent = self.put(&format!("/v1/blobs/{root}/segments/0-{last}"), bytes.to_vec()).await;
            assert!(sent.status().is_success());
        }
        root
    }
}

pub fn join(records: &[Record]) -> Vec<u8> {
    records.iter().flat_map(|record| record.bytes().to_vec()).collect()
}

pub fn header<T: std::str::FromStr>(response: &Response, name: &str) -> T {
    response.headers()[name].to_str().unwrap().parse().ok().unwrap()
}

pub async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    let is_good = response.status().is_success();
    let text = response.text().await.unwrap();
    if is_good {
        Ok(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
    } else {
        Err(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
    }
}
