//! Laws of the line between two laptops: who is let in, who is called, and what a stranger gets to see.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use satchel_lan::{Badge, Home, Household, LanError, Met, Outcome, Place, Server, Took, Want, Word, meet};
use satchel_store::{Library, LibraryKey, PoolLine, TakenIn, TransferRow};
use satchel_terms::{DeviceId, Hash, NewsroomId, PersonId};
use satchel_tls::OnlyKeys;
use satchel_wire::body::{Certificate, Revoke};
use satchel_wire::{
    Codec, Draft, HybridTime, Kind, Manifest, Record, SEGMENT, SigningKey, Stream, device_id, key_to_hex,
};
use tempfile::TempDir;
use tokio::net::TcpSocket;

const CENTRE: NewsroomId = NewsroomId([1; 16]);

/// A pool that only signs.
struct Pool {
    key: SigningKey,
    newsroom: NewsroomId,
    chain: Mutex<Vec<Record>>,
}

impl Pool {
    fn of(seed: u8, newsroom: NewsroomId) -> Self {
        Self { key: SigningKey::from_bytes(&[seed; 32]), newsroom, chain: Mutex::default() }
    }

    fn sign(&self, kind: Kind, subject: DeviceId, body: &impl serde::Serialize) -> Record {
        let mut chain = self.chain.lock().unwrap();
        let draft = Draft {
            kind,
            newsroom: self.newsroom,
            device: device_id(&self.key.verifying_key()),
            stream: Stream::Editorial,
            seq: chain.len() as u64 + 1,
            prev: chain.last().map_or(Hash::ZERO, Record::id),
            time: HybridTime(1 << 40),
            subject: subject.0,
            codec: Codec::Json,
            body: serde_json::to_vec(body).unwrap(),
        };
        let record = Record::seal(draft, &self.key).unwrap();
        chain.push(record.clone());
        record
    }

    fn vouch(&self, key: &SigningKey, name: &str) -> Record {
        let device = device_id(&key.verifying_key());
        let certificate = Certificate {
            device,
            public_key: key_to_hex(&key.verifying_key()),
            person: PersonId([2; 16]),
            name: name.to_owned(),
            roles: Vec::new(),
            newsroom: self.newsroom,
            not_after: 0,
            epoch: 1,
        };
        self.sign(Kind::DEVICE_CERT, device, &certificate)
    }

    fn revoke(&self, device: DeviceId) -> Record {
        self.sign(Kind::DEVICE_REVOKE, device, &Revoke { device, reason: "lost".to_owned() })
    }
}

#[derive(Default)]
struct Quiet {
    library: Option<Arc<Library>>,
    wants: Mutex<Vec<Want>>,
    words: Mutex<Vec<Word>>,
}

impl Household for Quiet {
    fn take(&self, records: &[u8]) -> Outcome<Took> {
        let records = Record::parse_many(records)?;
        let taken: Vec<TakenIn> =
            records.into_iter().map(|record| TakenIn { record, pool_seq: None, doubt: None }).collect();
        let took = self.library.as_ref().unwrap().take_in(&taken, None)?;
        Ok(Took { fresh: took.fresh as u64, refused: 0 })
    }

    fn wants(&self) -> Outcome<Vec<Want>> {
        let mut wants = self.wants.lock().unwrap().clone();
        wants.retain(|want| !self.library.as_ref().unwrap().blobs().has(&want.root));
        Ok(wants)
    }

    fn arrived(&self, _: Hash, _: u64) {}

    fn heard(&self, word: Word) {
        self.words.lock().unwrap().push(word);
    }
}

struct Laptop {
    home: Home,
    library: Arc<Library>,
    quiet: Arc<Quiet>,
    device: DeviceId,
    _dir: TempDir,
}

fn laptop(pool: &Pool, key: &SigningKey, certificate: &Record, knows: &[&Record]) -> Laptop {
    let dir = tempfile::tempdir().unwrap();
    let library = Arc::new(Library::create(dir.path(), &LibraryKey::new([3; 32])).unwrap());
    let line = PoolLine {
        pool_id: pool.newsroom.to_string(),
        epoch: 1,
        url: "http://127.0.0.1:9".to_owned(),
        key: *pool.key.verifying_key().as_bytes(),
        cursor: 0,
        certificate: Some(certificate.bytes().to_vec()),
    };
    library.set_pool(&line).unwrap();
    let known: Vec<TakenIn> = knows
        .iter()
        .map(|record| TakenIn { record: (*record).clone(), pool_seq: None, doubt: None })
        .collect();
    library.take_in(&known, None).unwrap();
    let quiet = Arc::new(Quiet { library: Some(Arc::clone(&library)), ..Quiet::default() });
    let badge = Badge::new(key, pool.newsroom).unwrap();
    let device = badge.device();
    let home = Home::new(Arc::clone(&library), badge, Arc::<Quiet>::clone(&quiet)).unwrap();
    Laptop { home, library, quiet, device, _dir: dir }
}

impl Laptop {
    async fn listens(&self) -> Server {
        Server::start(self.home.clone(), Some("127.0.0.1:0".parse().unwrap())).await.unwrap()
    }

    async fn meets(&self, server: &Server, named: Option<DeviceId>) -> Outcome<Met> {
        let place = match named {
            Some(device) => Place::of(server.address(), device),
            None => Place { address: server.address(), code: None },
        };
        meet(&self.home, &place).await
    }
}

/// Two laptops of one centre that know each other.
fn colleagues() -> [Laptop; 2] {
    let pool = Pool::of(1, CENTRE);
    let (one, two) = (pool.vouch(&key(11), "林"), pool.vouch(&key(12), "周"));
    [laptop(&pool, &key(11), &one, &[&one, &two]), laptop(&pool, &key(12), &two, &[&one, &two])]
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_a_centre_who_know_each_other_need_no_code() {
    let [caller, listener] = colleagues();
    let server = listener.listens().await;

    let met = caller.meets(&server, None).await.unwrap();

    assert_eq!((met.peer.name.as_str(), met.peer.device), ("周", listener.device));
    assert!(matches!(&listener.quiet.words.lock().unwrap()[0], Word::Met(peer) if peer.name == "林"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impostor_at_the_address_sees_no_key_of_the_caller() {
    let pool = Pool::of(1, CENTRE);
    let (one, two) = (pool.vouch(&key(11), "林"), pool.vouch(&key(12), "周"));
    let caller = laptop(&pool, &key(11), &one, &[&one, &two]);
    let elsewhere = Pool::of(2, CENTRE);
    let forged = elsewhere.vouch(&key(66), "周");
    let impostor = laptop(&elsewhere, &key(66), &forged, &[&forged, &one]);
    let server = impostor.listens().await;

    for named in [None, Some(DeviceId([5; 16]))] {
        assert!(matches!(caller.meets(&server, named).await, Err(LanError::Stranger)));
    }
    assert!(impostor.quiet.words.lock().unwrap().is_empty(), "it was told nothing");

    // Even if a person was made to type the impostor's own code, its certificate is not the pool's.
    let fooled = caller.meets(&server, Some(impostor.device)).await;
    assert!(fooled.is_err(), "{fooled:?}");
    assert!(!impostor.quiet.words.lock().unwrap().iter().any(|word| matches!(word, Word::Brought { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_without_a_certificate_of_this_pool_finds_every_door_shut() {
    let pool = Pool::of(1, CENTRE);
    let two = pool.vouch(&key(12), "周");
    let listener = laptop(&pool, &key(12), &two, &[&two]);
    let server = listener.listens().await;
    let elsewhere = Pool::of(2, CENTRE);
    let (forged, also) = (elsewhere.vouch(&key(66), "林"), elsewhere.vouch(&key(12), "周"));
    let stranger = laptop(&elsewhere, &key(66), &forged, &[&forged, &also]);

    let refused = stranger.meets(&server, Some(listener.device)).await;

    assert!(matches!(&refused, Err(LanError::Refused { code }) if code == "lan.stranger"), "{refused:?}");
    assert!(listener.quiet.words.lock().unwrap().is_empty());
    let borrowed = laptop(&elsewhere, &key(66), &two, &[&also]);
    let refused = borrowed.meets(&server, Some(listener.device)).await;
    assert!(matches!(&refused, Err(LanError::Refused { .. })), "another's certificate: {refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_to_be_revoked_is_neither_called_nor_answered() {
    let pool = Pool::of(1, CENTRE);
    let (one, two) = (pool.vouch(&key(11), "林"), pool.vouch(&key(12), "周"));
    let gone = pool.revoke(device_id(&key(11).verifying_key()));
    let lost = laptop(&pool, &key(11), &one, &[&one, &two]);
    let listener = laptop(&pool, &key(12), &two, &[&one, &two, &gone]);

    let refused = lost.meets(&listener.listens().await, None).await;
    assert!(matches!(&refused, Err(LanError::Refused { code }) if code == "lan.revoked"), "{refused:?}");
    let refused = listener.meets(&lost.listens().await, Some(lost.device)).await;
    assert!(matches!(refused, Err(LanError::Stranger)), "it is not called");
    assert!(lost.quiet.words.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_is_told_in_the_meeting_that_the_other_was_revoked_gives_nothing() {
    let pool = Pool::of(1, CENTRE);
    let (one, two) = (pool.vouch(&key(11), "林"), pool.vouch(&key(12), "周"));
    let gone = pool.revoke(device_id(&key(12).verifying_key()));
    let caller = laptop(&pool, &key(11), &one, &[&one, &two]);
    let lost = laptop(&pool, &key(12), &two, &[&one, &two, &gone]);

    let outcome = caller.meets(&lost.listens().await, None).await;

    assert!(matches!(outcome, Err(LanError::Revoked)), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_blobs_that_left_already_are_given_and_only_wanted_ones_are_taken() {
    let pool = Pool::of(1, CENTRE);
    let (one, two) = (pool.vouch(&key(11), "林"), pool.vouch(&key(12), "周"));
    let caller = laptop(&pool, &key(11), &one, &[&one, &two]);
    let listener = laptop(&pool, &key(12), &two, &[&one, &two]);
    let film: Vec<u8> = (0..5 * SEGMENT + 77).map(|at| (at * at % 251) as u8).collect();
    let (filed, kept) = (film.as_slice(), b"not filed yet".as_slice());
    let roots = [filed, kept].map(|bytes| caller.library.blobs().put_bytes(bytes).unwrap());
    let up = TransferRow::waiting(roots[0], satchel_store::Direction::Up, 2, filed.len() as u64, [0; 16]);
    caller.library.transfer_want(&up).unwrap();
    let wants = [(roots[0], filed), (roots[1], kept)];
    let wants = wants.map(|(root, bytes)| Want { root, bytes: bytes.len() as u64 });
    let server = listener.listens().await;

    let met = caller.meets(&server, None).await.unwrap();
    assert_eq!(met.blobs_gave, 0, "nobody wanted one");
    listener.quiet.wants.lock().unwrap().extend(wants);
    let met = caller.meets(&server, None).await.unwrap();

    assert_eq!((met.blobs_gave, met.bytes), (1, filed.len() as u64));
    assert!(listener.library.blobs().has(&roots[0]));
    assert!(!listener.library.blobs().has(&roots[1]), "what was not filed is nobody's business");
    assert_eq!(listener.library.blobs().manifest(&roots[0]).unwrap(), Manifest::of(filed).unwrap());
    let third = laptop(&pool, &key(12), &two, &[&one, &two]);
    third.quiet.wants.lock().unwrap().extend(wants);
    let met = third.meets(&caller.listens().await, None).await.unwrap();
    assert_eq!((met.blobs_took, third.library.blobs().has(&roots[1])), (1, false));
}

/// A line of somebody who shook hands with a key of their own and says nothing; none when the door is shut.
async fn silent(door: SocketAddr, from: u8) -> Option<StreamOwned<ClientConnection, TcpStream>> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, from), 0).into()).unwrap();
    let stream = socket.connect(door).await.ok()?.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let shown = rcgen::CertificateParams::default().self_signed(&pair).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.serialize_der()));
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(OnlyKeys::new(&provider, |_| true))
        .with_client_auth_cert(vec![shown.der().clone()], private)
        .unwrap();
    let name = ServerName::from(Ipv4Addr::LOCALHOST);
    let mut line = StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), stream);
    line.conn.complete_io(&mut line.sock).ok()?;
    Some(line)
}

#[cfg(target_os = "linux")]
async fn silent_lines(
    server: &Server,
    from: impl Fn(u8) -> u8,
) -> Vec<StreamOwned<ClientConnection, TcpStream>> {
    let mut held = Vec::new();
    for line in 0..36 {
        held.extend(silent(server.address(), from(line)).await);
    }
    held
}

#[cfg(target_os = "linux")] // elsewhere one address of this machine is all there is
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_stays_silent_keeps_no_colleague_out() {
    let [caller, listener] = colleagues();
    let server = listener.listens().await;

    let held = silent_lines(&server, |_| 2).await;

    let met = tokio::time::timeout(Duration::from_secs(4), caller.meets(&server, None)).await;
    assert!(matches!(met, Ok(Ok(_))), "{} silent lines of one address: {met:?}", held.len());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_of_many_addresses_keeps_the_door_shut_for_seconds_only() {
    let [caller, listener] = colleagues();
    let server = listener.listens().await;
    let held = silent_lines(&server, |line| 2 + line / 4).await;
    assert!(held.len() >= 32, "all seats are taken: {}", held.len());

    let began = Instant::now();
    while caller.meets(&server, None).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "the strangers stay");
    }
    drop(held);
}
