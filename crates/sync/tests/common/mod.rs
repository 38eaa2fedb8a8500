//! A real pool, laptops, and a cable that can be cut.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, dead_code)]

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use satchel_pool::{Pool, Server, Settings};
use satchel_store::{Library, LibraryKey};
use satchel_sync::{Control, Driver, Habits, Happened, Identity, Report, enrol, read_invitation, run_once};
use satchel_terms::{Hash, NewsroomId, Role, StoryId};
use satchel_wire::protocol::InviteAsk;
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

pub const STORY: StoryId = StoryId([6; 16]);

pub async fn pool(dir: &Path) -> Server {
    if !dir.join("pool.db").exists() {
        Pool::found(dir, "元谋县融媒体中心").unwrap();
    }
    start(dir, "127.0.0.1:0").await
}

pub async fn start(dir: &Path, listen: &str) -> Server {
    let settings = Settings { data: dir.to_owned(), listen: listen.to_owned(), ..Settings::default() };
    Server::start(settings).await.unwrap()
}

pub fn quick() -> Habits {
    Habits {
        connect: Duration::from_millis(800),
        stall: Duration::from_secs(2),
        jitter: Arc::new(|| 0.1),
        ..Habits::default()
    }
}

/// A laptop that has joined.
pub struct Laptop {
    pub dir: tempfile::TempDir,
    pub library: Arc<Library>,
    pub identity: Identity,
    pub news: Arc<Mutex<Vec<Happened>>>,
}

pub const KEY: LibraryKey = LibraryKey::new([2; 32]);

pub async fn join(server: &Server, name: &str) -> Laptop {
    let dir = tempfile::tempdir().unwrap();
    let library = Arc::new(Library::create(dir.path(), &KEY).unwrap());
    let ask = InviteAsk {
        name: name.to_owned(),
        roles: vec![Role::Reporter],
        person: None,
        valid_minutes: None,
        url: Some(server.url()),
    };
    let invitation = server.pool.invite(&ask, 60_000).await.unwrap();
    let invitation = read_invitation(&serde_json::to_string(&invitation).unwrap()).unwrap();
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    let enrolment = enrol(&invitation, &SigningKey::from_bytes(&seed), "laptop", &quick()).await.unwrap();
    library.set_pool(&enrolment.line).unwrap();
    Laptop { dir, library, identity: enrolment.identity, news: Arc::default() }
}

impl Laptop {
    /// Writes one update and seals it, as the desk does.
    pub fn write(&self, words: &str) -> Record {
        let record = sealed(&self.library, &self.identity, self.identity.newsroom, words);
        self.library.append_own(&record, &[]).unwrap();
        record
    }

    pub async fn round(&self) -> Report {
        self.try_round().await.unwrap()
    }

    pub async fn try_round(&self) -> Result<Report, satchel_sync::SyncError> {
        let line = self.library.pool().unwrap().unwrap();
        run_once(&self.library, &self.identity, &line, &quick(), &Control::default()).await
    }

    pub fn texts(&self) -> Vec<String> {
        let updates = self.library.doc_updates(STORY).unwrap();
        updates.into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect()
    }

    /// Points the library at another address of the same pool.
    pub fn reroute(&self, url: String) {
        let line = self.library.pool().unwrap().unwrap();
        self.library.set_pool(&satchel_store::PoolLine { url, ..line }).unwrap();
    }

    pub fn drive(&self) -> Driver {
        let news = Arc::clone(&self.news);
        let told = move |one| news.lock().unwrap().push(one);
        let handle = tokio::runtime::Handle::current();
        Driver::spawn(&handle, Arc::clone(&self.library), self.identity.clone(), quick(), told)
    }

    /// Waits until the news holds what is looked for.
    pub async fn hears(&self, what: &str, is_it: impl Fn(&Happened) -> bool) {
        for _ in 0..400 {
            if self.news.lock().unwrap().iter().any(&is_it) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{what} was not told; news: {:?}", self.news.lock().unwrap());
    }

    pub fn forget_news(&self) {
        self.news.lock().unwrap().clear();
    }
}

pub fn sealed(library: &Library, identity: &Identity, newsroom: NewsroomId, words: &str) -> Record {
    let head = library.my_head(identity.device, Stream::Editorial).unwrap();
    let (seq, prev) = head.unwrap_or((0, Hash::ZERO));
    let draft = Draft {
        kind: Kind::DOC_UPDATE,
        newsroom,
        device: identity.device,
        stream: Stream::Editorial,
        seq: seq + 1,
        prev,
        time: HybridTime(1 << 40),
        subject: STORY.0,
        codec: Codec::Raw,
        body: words.as_bytes().to_vec(),
    };
    Record::seal(draft, &identity.key).unwrap()
}

/// A cable between laptop and pool: counts what goes up, can be cut for good or after so many bytes.
pub struct Cable {
    pub url: String,
    state: Arc<CableState>,
}

#[derive(Default)]
struct CableState {
    up: AtomicU64,
    cut_in: AtomicI64,
    is_cut: AtomicBool,
    is_frozen: AtomicBool,
    cut: Notify,
}

impl Cable {
    pub async fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(CableState { cut_in: i64::MAX.into(), ..CableState::default() });
        let (shared, target) = (Arc::clone(&state), server.address);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if !shared.is_cut.load(Ordering::SeqCst)
                    && let Ok(far) = TcpStream::connect(target).await
                {
                    tokio::spawn(carry(near, far, Arc::clone(&shared)));
                }
            }
        });
        Self { url, state }
    }

    /// Bytes that went up so far.
    pub fn up(&self) -> u64 {
        self.state.up.load(Ordering::SeqCst)
    }

    /// Cuts every line after so many more bytes have gone up; new lines work again at once.
    pub fn cut_in(&self, bytes: i64) {
        self.state.cut_in.store(bytes, Ordering::SeqCst);
    }

    /// Keeps lines open without a byte going up any more.
    pub fn freeze(&self, is_frozen: bool) {
        self.state.is_frozen.store(is_frozen, Ordering::SeqCst);
    }

    pub fn set_cut(&self, is_cut: bool) {
        self.state.is_cut.store(is_cut, Ordering::SeqCst);
        if is_cut {
            self.state.cut.notify_waiters();
        }
    }
}

async fn carry(near: TcpStream, far: TcpStream, state: Arc<CableState>) {
    let (mut near_in, mut near_out) = near.into_split();
    let (mut far_in, mut far_out) = far.into_split();
    let cut = state.cut.notified();
    let up = async {
        let mut buffer = vec![0; 16 << 10];
        while let Ok(count) = near_in.read(&mut buffer).await {
            if count == 0 {
                break;
            }
            while state.is_frozen.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            if far_out.write_all(&buffer[..count]).await.is_err() {
                break;
            }
            state.up.fetch_add(count as u64, Ordering::SeqCst);
            if state.cut_in.fetch_sub(count as i64, Ordering::SeqCst) < count as i64 {
                state.cut_in.store(i64::MAX, Ordering::SeqCst);
                state.cut.notify_waiters();
            }
        }
    };
    tokio::select! {
        () = up => {}
        _ = tokio::io::copy(&mut far_in, &mut near_out) => {}
        () = cut => {}
    }
}

pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}
