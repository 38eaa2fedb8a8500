//! What stands at the other end of a pack: a folder, who reads it, and a way to it over SFTP.

use std::fs;
use std::path::Path;

use satchel_channels::{Packs, Secret, SftpAccount, SignIn};
use satchel_testkit::Sshd;
use serde_json::Value;

pub fn sftp(sshd: &Sshd, port: u16) -> Packs {
    satchel_channels::sftp(SftpAccount {
        host: "127.0.0.1".to_owned(),
        port,
        user: sshd.user.clone(),
        sign_in: SignIn::Key(Secret::new(&sshd.private_key)),
        fingerprint: sshd.fingerprint.clone(),
        folder: sshd.drop_folder.display().to_string(),
        is_taken_away: false,
    })
}

/// What a receiver does: nothing without the `.ok`, and with it every file is there as the manifest says.
pub fn received(folder: &Path, marker: &str) -> bool {
    let Ok(ok) = fs::read_to_string(folder.join(format!("{marker}.ok"))) else { return false };
    let pack = folder.join(marker);
    let manifest = fs::read(pack.join("manifest.json")).unwrap();
    assert_eq!(ok.trim_end(), blake3::hash(&manifest).to_hex().as_str());
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    for file in manifest["files"].as_array().unwrap() {
        let bytes = fs::read(pack.join(file["name"].as_str().unwrap())).unwrap();
        assert_eq!(blake3::hash(&bytes).to_hex().as_str(), file["blake3"].as_str().unwrap());
    }
    true
}

/// What lies in a folder and below, by name.
pub fn names(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(names(&path));
        } else {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found.sort();
    found
}
