//! The desk before and around the library: first run, lock, the person's choices.

mod places;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use satchel_failure::Answer;
use satchel_store::Library;
use satchel_terms::Role;
use satchel_wire::protocol::Invitation;
use tokio::sync::broadcast;

use crate::DeskError;
use crate::cards::{AppState, Happened, InvitationCard, KeyStore, Machine, Me, Phase, Settings};
use crate::centre;
use crate::identity::{Identity, Profile};
use crate::invitations;
use crate::keys::{self, Secrets, library_key};
use crate::room::{Room, locked};
use crate::rotation::Renewal;
pub(crate) use places::free_bytes;
use places::{chosen_place, look_at, make_dir, remember_place};

/// Where a library lies, and what is known before it is open.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The library's folder, when the caller names one; else the one chosen at the first run.
    pub library: Option<PathBuf>,
    /// Language to begin with.
    pub language: Option<String>,
    /// Passphrase for a vault, for doors without a window.
    pub passphrase: Option<String>,
}

/// The desk. Cheap to clone; all clones are one desk.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    dir: Mutex<PathBuf>,
    language: Mutex<String>,
    key_store: Mutex<Option<KeyStore>>,
    room: Mutex<Option<Arc<Room>>>,
    news: broadcast::Sender<Happened>,
}

impl Desk {
    /// Sets up the desk and opens the library if there is one that opens by itself.
    ///
    /// # Errors
    /// A library that is open elsewhere, damaged or newer than this program. A locked one is no error:
    /// [`Desk::app_state`] says so.
    pub async fn open(place: Place) -> Answer<Self> {
        let dir = place.library.clone().unwrap_or_else(chosen_place);
        let (news, _) = broadcast::channel(1024);
        let desk = Self {
            inner: Arc::new(Inner {
                dir: Mutex::new(dir.clone()),
                language: Mutex::new(place.language.unwrap_or_else(|| "zh-CN".into())),
                key_store: Mutex::new(None),
                room: Mutex::new(None),
                news,
            }),
        };
        if Library::exists(&dir) {
            let passphrase = place.passphrase;
            if passphrase.is_some() || !keys::vault_path(&dir).exists() {
                let opened = desk.clone();
                blocking(move || opened.enter(&dir, passphrase.as_deref())).await?;
            }
        }
        Ok(desk)
    }

    /// News of what became true.
    #[must_use]
    pub fn news(&self) -> broadcast::Receiver<Happened> {
        self.inner.news.subscribe()
    }

    /// Closes the library; what was typed is sealed first.
    pub async fn close(&self) {
        let room = locked(&self.inner.room).take();
        if let Some(room) = room {
            room.exchange.stop();
            room.nearby.stop();
            let _ = blocking(move || {
                room.jobs.stop_all();
                let sealed = room.seal_all();
                let _ = room.library.clean_exit();
                drop(locked(&room.pool).take());
                sealed
            })
            .await;
        }
    }

    pub(crate) fn room(&self) -> Answer<Arc<Room>> {
        let room = locked(&self.inner.room).clone();
        match room {
            Some(room) => Ok(room),
            None if Library::exists(&locked(&self.inner.dir)) => Err(DeskError::Locked.into()),
            None => Err(DeskError::NoLibrary.into()),
        }
    }

    /// Runs a use case on a worker thread, so that neither the window nor the network waits for the disk.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Arc<Room>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let room = self.room()?;
        blocking(move || act(&room)).await
    }

    /// Where the program stands.
    ///
    /// # Errors
    /// None today; the form is that of every command.
    pub async fn app_state(&self) -> Answer<AppState> {
        let desk = self.clone();
        blocking(move || Ok(desk.state_now())).await
    }

    fn state_now(&self) -> AppState {
        let dir = locked(&self.inner.dir).clone();
        let room = locked(&self.inner.room).clone();
        let phase = match &room {
            Some(_) => Phase::Ready,
            None if Library::exists(&dir) => Phase::Locked,
            None => Phase::FirstRun,
        };
        let key_store = *locked(&self.inner.key_store).get_or_insert_with(keys::probe);
        AppState {
            phase,
            free_bytes: free_bytes(&dir),
            library: dir.display().to_string(),
            key_store,
            unclean_exit: room.as_ref().is_some_and(|room| room.was_unclean()),
            language: room
                .as_ref()
                .and_then(|room| room.settings().ok())
                .map_or_else(|| locked(&self.inner.language).clone(), |settings| settings.language),
            me: room.as_ref().map(|room| room.me()),
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// Takes another folder for the library, before there is one.
    ///
    /// # Errors
    /// A library is open, or the folder cannot be written.
    pub async fn choose_library(&self, dir: String) -> Answer<AppState> {
        let desk = self.clone();
        blocking(move || {
            if locked(&desk.inner.room).is_some() {
                return Err(DeskError::AlreadySetUp.into());
            }
            let place = look_at(Path::new(&dir));
            if !place.writable {
                return Err(DeskError::BadPlace { dir }.into());
            }
            *locked(&desk.inner.dir) = PathBuf::from(&dir);
            remember_place(Path::new(&dir));
            Ok(desk.state_now())
        })
        .await
    }

    /// Says what a folder could hold.
    ///
    /// # Errors
    /// None today.
    pub async fn check_place(&self, dir: String) -> Answer<crate::cards::Place> {
        blocking(move || Ok(look_at(Path::new(&dir)))).await
    }

    /// Switches the language while running.
    ///
    /// # Errors
    /// An unknown language.
    pub async fn set_language(&self, language: String) -> Answer<AppState> {
        let desk = self.clone();
        blocking(move || {
            if !["zh-CN", "en"].contains(&language.as_str()) {
                return Err(DeskError::BadInput { field: "language" }.into());
            }
            locked(&desk.inner.language).clone_from(&language);
            let room = locked(&desk.inner.room).clone();
            if let Some(room) = room {
                room.save_settings(Settings { language, ..room.settings()? })?;
            }
            Ok(desk.state_now())
        })
        .await
    }

    /// Reads an invitation file and checks its signature.
    ///
    /// # Errors
    /// The file is no invitation or was changed.
    pub async fn read_invitation(&self, path: String) -> Answer<InvitationCard> {
        blocking(move || Ok(invitations::card(invitations::read(&path)?))).await
    }

    /// The text of the invitation in a pasted picture (base64) of its squares.
    ///
    /// # Errors
    /// No invitation can be seen in it.
    pub async fn invitation_in_picture(&self, picture: String) -> Answer<String> {
        blocking(move || invitations::in_pasted(&picture)).await
    }

    /// Opens a locked library whose passphrase was forgotten, by the centre's recovery file and its code, and puts it
    /// under a new passphrase.
    ///
    /// # Errors
    /// The file is none or another library's, the code does not open it, the new passphrase is too short.
    pub async fn recover(&self, file: String, code: String, passphrase: String) -> Answer<AppState> {
        let desk = self.clone();
        blocking(move || {
            let dir = locked(&desk.inner.dir).clone();
            if locked(&desk.inner.room).is_some() {
                return Ok(desk.state_now());
            }
            let secrets = keys::escrow::recover(&dir, Path::new(&file), &code)?;
            keys::moving::to_passphrase(&dir, &secrets, &passphrase)?;
            desk.enter(&dir, Some(&passphrase))?;
            desk.room()?.note_keys("keys.recovered");
            Ok(desk.state_now())
        })
        .await
    }

    /// Founds a centre on this machine: its pool, its first person, this library.
    ///
    /// # Errors
    /// Names out of bounds, the pool program does not start, the library cannot be made.
    pub async fn start_centre(
        &self,
        centre: String,
        name: String,
        passphrase: Option<String>,
    ) -> Answer<AppState> {
        let desk = self.clone();
        blocking(move || {
            check_name("centre", &centre)?;
            check_name("name", &name)?;
            let dir = locked(&desk.inner.dir).clone();
            make_dir(&dir)?;
            let data = dir.join("pool");
            let port = centre::free_port()?;
            let file = centre::found(&data, &centre, &name, &format!("http://127.0.0.1:{port}"))?;
            let invitation = invitations::read(&file.display().to_string())?;
            desk.settle(&dir, invitation, passphrase.as_deref())?;
            let room = desk.room()?;
            room.library.set_setting("pool-port", &port.into())?;
            room.run_pool()?;
            room.start_exchange();
            Ok(desk.state_now())
        })
        .await
    }

    /// Joins a centre by its invitation file; works without a network.
    ///
    /// # Errors
    /// The file is no invitation, or the library cannot be made.
    pub async fn join_centre(&self, path: String, passphrase: Option<String>) -> Answer<AppState> {
        let desk = self.clone();
        blocking(move || {
            let invitation = invitations::read(&path)?;
            let dir = locked(&desk.inner.dir).clone();
            make_dir(&dir)?;
            desk.settle(&dir, invitation, passphrase.as_deref())?;
            desk.room()?.start_exchange();
            Ok(desk.state_now())
        })
        .await
    }

    /// Opens a locked library.
    ///
    /// # Errors
    /// A wrong passphrase, or the library cannot be opened.
    pub async fn unlock(&self, passphrase: String) -> Answer<AppState> {
        let desk = self.clone();
        blocking(move || {
            let dir = locked(&desk.inner.dir).clone();
            desk.enter(&dir, Some(&passphrase))?;
            Ok(desk.state_now())
        })
        .await
    }

    /// Makes the library of a person who was invited.
    fn settle(&self, dir: &Path, invitation: Invitation, passphrase: Option<&str>) -> Answer<()> {
        if Library::exists(dir) || locked(&self.inner.room).is_some() {
            return Err(DeskError::AlreadySetUp.into());
        }
        let secrets = Secrets::fresh()?;
        keys::keep(dir, &secrets, passphrase)?;
        let library = Library::create(dir, &library_key(&secrets)?)?;
        let profile = Profile {
            newsroom: invitation.newsroom,
            centre: invitation.centre.clone(),
            person: invitation.person,
            name: invitation.name.clone(),
            roles: invitation.roles.clone(),
            pool_url: invitation.pool.clone(),
            pool_key: invitation.pool_key.clone(),
            invitation: Some(invitation.clone()),
        };
        let room =
            Room::new(dir, library, Identity::new(profile.clone(), &secrets)?, self.inner.news.clone());
        room.set_profile(profile)?;
        let language = locked(&self.inner.language).clone();
        room.save_settings(Settings { language, ..Settings::default() })?;
        self.sit_down(room)
    }

    /// Opens the library that lies in the folder.
    fn enter(&self, dir: &Path, passphrase: Option<&str>) -> Answer<()> {
        if locked(&self.inner.room).is_some() {
            return Ok(());
        }
        let mut secrets = keys::fetch(dir, passphrase)?;
        let library = Library::open(dir, &library_key(&secrets)?)?;
        keys::moving::settle(dir);
        if let Some(renewal) = Renewal::of(&library)? {
            secrets.device_seed.clone_from(&renewal.seed);
        }
        let profile: Profile = library
            .setting("identity")?
            .and_then(|value| serde_json::from_value(value).ok())
            .ok_or_else(|| DeskError::Broken("the library has no identity".into()))?;
        let room = Room::new(dir, library, Identity::new(profile, &secrets)?, self.inner.news.clone());
        room.renew_if_older()?;
        // Each start asks anew: a recovery that was seen belongs to the exit before.
        room.library.set_setting("recovery-seen", &serde_json::Value::Null)?;
        room.jobs.pick_up();
        self.sit_down(room)?;
        let room = self.room()?;
        room.watch_hot_folder();
        tokio::task::spawn_blocking(move || room.go_on());
        Ok(())
    }

    fn sit_down(&self, room: Room) -> Answer<()> {
        let room = Arc::new(room);
        room.start_sealing();
        *locked(&self.inner.room) = Some(room);
        let _ = self.inner.news.send(Happened::PhaseChanged);
        Ok(())
    }

    /// Facts about the machine.
    ///
    /// # Errors
    /// None today.
    pub async fn machine(&self) -> Answer<Machine> {
        let desk = self.clone();
        blocking(move || {
            let dir = locked(&desk.inner.dir).clone();
            Ok(Machine { free_bytes: free_bytes(&dir), battery: battery() })
        })
        .await
    }
}

impl Room {
    /// The person at this laptop.
    pub fn me(&self) -> Me {
        let identity = self.identity();
        Me {
            person: identity.profile.person,
            name: identity.profile.name,
            roles: identity.profile.roles,
            centre: identity.profile.centre,
            device: identity.device,
            pool_url: identity.profile.pool_url,
            enrolled: identity.profile.invitation.is_none(),
            revoked: self.is_revoked(),
        }
    }

    /// Whether the last run ended without closing the library, and nobody has seen the recovery yet.
    pub fn was_unclean(&self) -> bool {
        self.library.was_unclean() && self.library.setting("recovery-seen").ok().flatten().is_none()
    }

    /// What nobody who wants to write waits for: the centre's own pool, the exchange with the pool, clips that an
    /// unclean exit left unseen.
    fn go_on(self: &Arc<Self>) {
        let has_pool = self.library.setting("pool-port").is_ok_and(|port| port.is_some());
        if let Some(failure) = has_pool.then(|| self.run_pool()).and_then(Result::err) {
            self.note_trouble(&failure.code);
        }
        self.start_exchange();
        if let Err(failure) = self.look_at_left() {
            tracing::warn!(code = %failure.code, "clips of the last run could not be looked at");
        }
    }

    /// Starts the centre's pool that lies in this library's folder.
    fn run_pool(&self) -> Answer<()> {
        let port = self.library.setting("pool-port")?.and_then(|port| port.as_u64()).unwrap_or_default();
        let pool = centre::start(&self.dir.join("pool"), u16::try_from(port).unwrap_or_default())?;
        tracing::info!(pool.url = %pool.url, "the local pool runs");
        *locked(&self.pool) = Some(pool);
        Ok(())
    }

    /// Refuses what the person's part does not allow.
    pub fn needs(&self, role: Role, code: &'static str) -> Answer<()> {
        if self.identity().has(role) { Ok(()) } else { Err(DeskError::NotYourPart { role: code }.into()) }
    }
}

/// Runs blocking work and turns a panic into a failure instead of a silence.
pub(crate) async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Answer<T> + Send + 'static,
) -> Answer<T> {
    match tokio::task::spawn_blocking(act).await {
        Ok(answer) => answer,
        Err(error) => Err(DeskError::Broken(error.to_string()).into()),
    }
}

fn check_name(field: &'static str, name: &str) -> Result<(), DeskError> {
    let count = name.trim().chars().count();
    if (1..=60).contains(&count) { Ok(()) } else { Err(DeskError::BadName { field, limit: 60 }) }
}

/// Battery in percent, where the system tells.
fn battery() -> Option<u8> {
    let supplies = std::fs::read_dir("/sys/class/power_supply").ok()?;
    supplies
        .flatten()
        .find_map(|supply| std::fs::read_to_string(supply.path().join("capacity")).ok()?.trim().parse().ok())
}
