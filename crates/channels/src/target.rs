//! From the settings of a channel to its adapter.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::adapter::Adapter;
use crate::failure::PushError;
use crate::folder::folder;
use crate::secret::Secret;
use crate::sftp::{SftpAccount, SignIn, sftp};
use crate::wordpress::{WordPress, WordPressAccount};

/// A channel as the newsroom set it, with its secret.
#[derive(Debug)]
pub struct Target<'a> {
    /// `wordpress`, `folder` or `sftp`.
    pub kind: &'a str,
    /// The site's address, the folder's path, or `sftp://host[:port]/folder`.
    pub url: &'a str,
    /// The user's name at the peer; not used for a folder.
    pub account: &'a str,
    /// Further settings. WordPress: `categories` (ids), `featuredPicture`. Folder and SFTP: `takenAway`
    /// (the receiver removes what it has read). SFTP: `fingerprint`, `signIn` (`password` or `key`).
    pub settings: &'a Map<String, Value>,
    /// Application password, password or private key.
    pub secret: Option<Secret>,
}

/// Opens the adapter of a channel. Nothing is sent.
///
/// # Errors
/// [`PushError::BadSetting`] names what is missing or wrong.
pub fn open(target: Target<'_>) -> Result<Box<dyn Adapter>, PushError> {
    match target.kind {
        "wordpress" => Ok(Box::new(WordPress::new(wordpress_account(target)?)?)),
        "folder" => Ok(Box::new(folder(PathBuf::from(target.url), is_set(target.settings, "takenAway"))?)),
        "sftp" => Ok(Box::new(sftp(sftp_account(target)?))),
        _ => Err(PushError::BadSetting { name: "kind" }),
    }
}

fn wordpress_account(target: Target<'_>) -> Result<WordPressAccount, PushError> {
    let ids = target.settings.get("categories").and_then(Value::as_array);
    Ok(WordPressAccount {
        url: target.url.to_owned(),
        user: target.account.to_owned(),
        app_password: target.secret.ok_or(PushError::BadSetting { name: "secret" })?,
        categories: ids.map(|list| list.iter().filter_map(Value::as_u64).collect()).unwrap_or_default(),
        has_featured_picture: is_set(target.settings, "featuredPicture"),
    })
}

fn sftp_account(target: Target<'_>) -> Result<SftpAccount, PushError> {
    let url = reqwest::Url::parse(target.url).ok().filter(|url| url.scheme() == "sftp");
    let url = url.ok_or(PushError::BadSetting { name: "url" })?;
    let secret = target.secret.ok_or(PushError::BadSetting { name: "secret" })?;
    let word = |name: &str| target.settings.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(SftpAccount {
        host: url.host_str().ok_or(PushError::BadSetting { name: "url" })?.to_owned(),
        port: url.port().unwrap_or(22),
        user: target.account.to_owned(),
        sign_in: if word("signIn") == "key" { SignIn::Key(secret) } else { SignIn::Password(secret) },
        fingerprint: word("fingerprint"),
        folder: folder_of(&url)?,
        is_taken_away: is_set(target.settings, "takenAway"),
    })
}

/// The path of an address with its percent signs undone.
fn folder_of(url: &reqwest::Url) -> Result<String, PushError> {
    let bad = PushError::BadSetting { name: "url" };
    let mut bytes = Vec::new();
    let mut rest = url.path().bytes();
    while let Some(byte) = rest.next() {
        let plain = match byte {
            b'%' => {
                let digits = [rest.next().unwrap_or(0), rest.next().unwrap_or(0)];
                let text = std::str::from_utf8(&digits).map_err(|_| bad.clone())?;
                u8::from_str_radix(text, 16).map_err(|_| bad.clone())?
            }
            other => other,
        };
        bytes.push(plain);
    }
    String::from_utf8(bytes).map_err(|_| bad)
}

fn is_set(settings: &Map<String, Value>, name: &str) -> bool {
    settings.get(name).and_then(Value::as_bool).unwrap_or(false)
}
