//! The command line of `satchel-pool`. Output on standard output is for programs; logs go to standard error as JSON.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use satchel_failure::Explain;
use satchel_terms::{DeviceId, PersonId, Role};
use satchel_wire::protocol::{Invitation, InviteAsk, RevokeAsk};
use tracing_subscriber::EnvFilter;

use crate::admin::line::AdminVerb;
use crate::escrow::line::EscrowVerb;
use crate::failure::{Outcome, PoolError};
use crate::parcel::line::ParcelVerb;
use crate::{Pool, Settings, backup, days_ms, doctor, minutes_ms, secrets, tls};

/// The file that `init` writes for the first administrator.
pub const FIRST_INVITATION: &str = "first-administrator.satchel-invite";

/// How the two stores are set up, under `serve --help` and `init --help`.
const STORES: &str = r#"The two stores, in the settings file:

  # one machine: SQLite and a folder; nothing to set
  data = "/var/lib/satchel-pool"

  # any number of processes: PostgreSQL and an S3-compatible object store
  url = "https://pool.example.org"
  [storage]
  kind = "postgres"
  postgres = "postgres://satchel@db.example.org/satchel?sslmode=require"
  postgres-password-file = "/etc/satchel/postgres-password"   # or PGPASSWORD
  postgres-ca-file = "/etc/satchel/db-ca.pem"                 # the system's authorities when absent
  key-file = "/etc/satchel/pool.key"                          # or SATCHEL_POOL_KEY; the same for every process
  [storage.s3]
  endpoint = "https://s3.example.org"
  bucket = "satchel"
  region = "cn-north-1"
  access-key-file = "/etc/satchel/s3-access-key"              # or AWS_ACCESS_KEY_ID
  secret-key-file = "/etc/satchel/s3-secret-key"              # or AWS_SECRET_ACCESS_KEY"#;

/// The pool: keeps a centre's stories and material, decides who may sign, releases on its channels.
#[derive(Debug, Parser)]
#[command(name = "satchel-pool", version, about)]
struct Line {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serves a pool. Says `listening http://ADDRESS:PORT` on the first line.
    ///
    /// With `[storage] kind = "embedded"` (the default) one process serves a data folder. With `kind = "postgres"` any
    /// number of processes serve one database and bucket, behind one address; they keep nothing of their own.
    #[command(after_long_help = STORES)]
    Serve(Serve),
    /// Makes a new pool and the first administrator's invitation file.
    ///
    /// With `[storage] kind = "postgres"` in the settings file it makes the tables in an empty database and tries the
    /// bucket; the data folder then holds the pool's key and the invitation file only.
    #[command(after_long_help = STORES)]
    Init(Init),
    /// Writes an invitation file for a person. Works beside a running server.
    Invite(Invite),
    /// Lists people and their devices. Works beside a running server.
    People(Place),
    /// Revokes a device. Works beside a running server.
    Revoke(RevokeLine),
    /// Takes sticks in from laptops that have no line, and makes sticks for them.
    #[command(subcommand)]
    Parcel(ParcelVerb),
    /// Keeps the keys of libraries whose owners leave them here, for the day a passphrase is forgotten.
    #[command(subcommand)]
    Escrow(EscrowVerb),
    /// The way in to the administrators' page.
    #[command(subcommand)]
    Admin(AdminVerb),
    /// Makes the pool's own certificate, or renews it with the same key: laptops that know it go on believing it.
    Certificate(CertificateLine),
    /// Backs the pool up into a folder. Works beside a running server; what is there already is not copied again.
    ///
    /// The folder may lie on another disk or a mounted share. Whole blobs get a second name where the disk can do that,
    /// so a backup on the disk of the pool costs little and does not help when that disk breaks.
    Backup(BackupLine),
    /// Makes a pool from a backup and begins a new epoch: laptops bring again what came after it.
    Restore(RestoreLine),
    /// Looks at store, key, clock, disk, certificate, backup, blobs and address; says for each whether it is in order
    /// and what to do. Ends with 1 when something is bad. Works beside a running server.
    Doctor(Place),
    /// Says what lies in the store: records and blobs by kind, uploads not ended, what nobody names. Works beside a
    /// running server.
    Storage(Place),
    /// Lists what the rules of `[retention]` let go: files that no record names, originals of stories that were closed
    /// long ago and never released. Nothing is removed without `--apply`. Works beside a running server.
    Tidy(TidyLine),
    /// Begins a new epoch after the data were restored from a backup. All servers must be stopped.
    NewEpoch(Place),
}

/// Which pool.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A settings file (TOML).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct TidyLine {
    #[command(flatten)]
    place: Place,
    /// Remove what is listed.
    #[arg(long)]
    apply: bool,
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    place: Place,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The address that invitations name.
    #[arg(long)]
    url: Option<String>,
    /// Stop when standard input closes, as when the program that started this one is gone.
    #[arg(long)]
    stop_with_stdin: bool,
}

#[derive(Debug, Args)]
struct Init {
    #[command(flatten)]
    place: Place,
    /// The centre's name.
    #[arg(long)]
    centre: String,
    /// The first administrator's name.
    #[arg(long, default_value = "Administrator")]
    name: String,
    /// The first administrator's roles; administrator alone when none is given.
    #[arg(long = "role", value_enum)]
    roles: Vec<RoleWord>,
    /// The address that the invitation names.
    #[arg(long)]
    url: Option<String>,
    /// Make a certificate for this name or address, so that the pool speaks TLS without an authority. Invitations name
    /// its key, and laptops believe no other.
    #[arg(long = "self-signed", value_name = "NAME")]
    self_signed: Vec<String>,
}

#[derive(Debug, Args)]
struct CertificateLine {
    #[command(flatten)]
    place: Place,
    /// A name or address by which laptops call the pool; those of its settings are added.
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,
}

#[derive(Debug, Args)]
struct BackupLine {
    #[command(flatten)]
    place: Place,
    /// The folder that holds the backups.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Put the pool's keys in too. Whoever has such a backup can speak as the pool.
    #[arg(long)]
    with_keys: bool,
    /// How many backups stay in the folder, this one counted; all when absent. Blobs always stay.
    #[arg(long, default_value_t = 0)]
    keep: usize,
}

#[derive(Debug, Args)]
struct RestoreLine {
    #[command(flatten)]
    place: Place,
    /// The folder that holds the backups, of which the newest is taken, or one backup.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The file with the pool's key, where the backup holds none and the data folder neither.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Invite {
    #[command(flatten)]
    place: Place,
    /// The person's name.
    #[arg(long)]
    name: String,
    /// The person's roles.
    #[arg(long = "role", value_enum, required = true)]
    roles: Vec<RoleWord>,
    /// A person already known, for another device: the id that `people` shows.
    #[arg(long)]
    person: Option<PersonId>,
    /// The file to write; `<name>.satchel-invite` in the current folder when absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The address that the invitation names; that of the running server when absent.
    #[arg(long)]
    url: Option<String>,
    /// How long it is valid, in minutes; the file's usual days when absent.
    #[arg(long)]
    minutes: Option<u32>,
}

#[derive(Debug, Args)]
struct RevokeLine {
    #[command(flatten)]
    place: Place,
    /// The device, as `people` shows it.
    #[arg(long)]
    device: DeviceId,
    /// Why.
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleWord {
    Reporter,
    Editor,
    Head,
    Chief,
    Operator,
    Administrator,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Reporter => Self::Reporter,
            RoleWord::Editor => Self::Editor,
            RoleWord::Head => Self::Head,
            RoleWord::Chief => Self::Chief,
            RoleWord::Operator => Self::Operator,
            RoleWord::Administrator => Self::Administrator,
        }
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    let line = Line::parse();
    let filter = EnvFilter::try_from_env("SATCHEL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(line.verb.carry_out()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &PoolError) -> ExitCode {
    eprintln!("{}: {error}", error.code());
    ExitCode::FAILURE
}

impl Verb {
    async fn carry_out(self) -> Outcome<()> {
        match self {
            Self::Serve(line) => serve(line).await,
            Self::Init(line) => init(line).await,
            Self::Invite(line) => invite(line).await,
            Self::People(place) => people(place).await,
            Self::Revoke(line) => revoke(line).await,
            Self::Parcel(verb) => verb.carry_out().await,
            Self::Escrow(verb) => verb.carry_out().await,
            Self::Admin(verb) => verb.carry_out().await,
            Self::Certificate(line) => certificate(line).await,
            Self::Backup(line) => back_up(line).await,
            Self::Restore(line) => restore(line).await,
            Self::Doctor(place) => examine(place).await,
            Self::Storage(place) => storage(place).await,
            Self::Tidy(line) => tidy(line).await,
            Self::NewEpoch(place) => new_epoch(place).await,
        }
    }
}

impl Place {
    /// Its settings.
    pub(crate) fn settings(self) -> Outcome<Settings> {
        let mut settings = match &self.config {
            Some(path) => Settings::read(path)?,
            None => Settings::default(),
        };
        if let Some(data) = self.data {
            settings.data = data;
        }
        Ok(settings)
    }
}

async fn serve(line: Serve) -> Outcome<()> {
    let mut settings = line.place.settings()?;
    settings.listen = line.listen.unwrap_or(settings.listen);
    settings.url = line.url.unwrap_or(settings.url);
    crate::serve(settings, line.stop_with_stdin).await
}

async fn init(line: Init) -> Outcome<()> {
    let mut settings = line.place.settings()?;
    settings.url = line.url.unwrap_or(settings.url);
    Pool::found_on(&settings, &line.centre).await?;
    if !line.self_signed.is_empty() {
        tls::make_own(&settings.data, &line.centre, &tls::names(&settings, &line.self_signed))?;
    }
    let file = settings.data.join(FIRST_INVITATION);
    let valid_ms = days_ms(settings.invitation_file_days);
    let pool = Pool::open(settings).await?;
    let roles = if line.roles.is_empty() { vec![RoleWord::Administrator] } else { line.roles };
    let ask = asked(line.name, roles, None, None);
    let invitation = pool.invite(&ask, valid_ms).await?;
    write_invitation(&file, &invitation)
}

async fn invite(line: Invite) -> Outcome<()> {
    let settings = line.place.settings()?;
    let valid_ms = line.minutes.map_or(days_ms(settings.invitation_file_days), minutes_ms);
    let running = std::fs::read_to_string(settings.data.join("address")).ok();
    let known = if settings.url.is_empty() { running } else { None };
    let file = line.out.unwrap_or_else(|| PathBuf::from(format!("{}.satchel-invite", file_name(&line.name))));
    let ask = asked(line.name, line.roles, line.person, line.url.or(known));
    let invitation = Pool::open(settings).await?.invite(&ask, valid_ms).await?;
    write_invitation(&file, &invitation)
}

fn asked(name: String, roles: Vec<RoleWord>, person: Option<PersonId>, url: Option<String>) -> InviteAsk {
    let roles = roles.into_iter().map(Role::from).collect();
    InviteAsk { name, roles, person, valid_minutes: None, url }
}

/// A person's name as a file name: without what file systems refuse.
fn file_name(name: &str) -> String {
    let keep = |letter: char| if letter.is_alphanumeric() || letter == '-' { letter } else { '_' };
    name.trim().chars().map(keep).collect()
}

/// Writes the file and says where it is.
fn write_invitation(path: &Path, invitation: &Invitation) -> Outcome<()> {
    let text = serde_json::to_vec_pretty(invitation).map_err(|error| PoolError::Broken(error.to_string()))?;
    secrets::write_private(path, &text)?;
    println!("{}", path.display());
    Ok(())
}

async fn people(place: Place) -> Outcome<()> {
    let pool = Pool::open(place.settings()?).await?;
    print_json(&pool.keep().people().await?)
}

async fn revoke(line: RevokeLine) -> Outcome<()> {
    let pool = Pool::open(line.place.settings()?).await?;
    let ask = RevokeAsk { device: line.device, reason: line.reason };
    pool.revoke(&ask).await?;
    pool.log("revoked", "satchel-pool revoke", &format!("{} {}", ask.device, ask.reason)).await
}

async fn certificate(line: CertificateLine) -> Outcome<()> {
    let pool = Pool::open(line.place.settings()?).await?;
    let (settings, centre) = (pool.settings(), &pool.facts().centre);
    let files = tls::make_own(&settings.data, centre, &tls::names(settings, &line.names))?;
    println!("{}", files.certificate.display());
    Ok(())
}

async fn back_up(line: BackupLine) -> Outcome<()> {
    let settings = line.place.settings()?;
    let work = move || backup::backup(&settings, &line.to, line.with_keys, line.keep);
    print_json(&off_the_road(work).await?)
}

async fn restore(line: RestoreLine) -> Outcome<()> {
    let settings = line.place.settings()?;
    let work = move || backup::restore(&settings, &line.from, line.key.as_deref());
    print_json(&off_the_road(work).await?)
}

/// Runs what reads and writes much.
async fn off_the_road<T: Send + 'static>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| PoolError::Broken(error.to_string()))?
}

/// An answer for programs.
pub(crate) fn print_json(answer: &impl serde::Serialize) -> Outcome<()> {
    let text = serde_json::to_string_pretty(answer).map_err(|error| PoolError::Broken(error.to_string()))?;
    println!("{text}");
    Ok(())
}

async fn examine(place: Place) -> Outcome<()> {
    let findings = doctor::examine(&place.settings()?).await;
    findings.iter().for_each(|finding| println!("{finding}"));
    let bad = findings.iter().filter(|finding| finding.level == doctor::Level::Bad).count();
    if bad == 0 { Ok(()) } else { Err(PoolError::Unwell { bad }) }
}

async fn storage(place: Place) -> Outcome<()> {
    print_json(&Pool::open(place.settings()?).await?.storage().await?)
}

async fn tidy(line: TidyLine) -> Outcome<()> {
    print_json(&Pool::open(line.place.settings()?).await?.tidy(crate::chance::now(), line.apply).await?)
}

async fn new_epoch(place: Place) -> Outcome<()> {
    println!("epoch {}", Pool::new_epoch(&place.settings()?).await?);
    Ok(())
}
