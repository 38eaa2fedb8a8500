//! The secrets of channels that this laptop releases: in the keyring, or in the encrypted library where there is none.

use satchel_failure::Answer;
use satchel_terms::ChannelId;
use satchel_wire::body::Lane;

use super::{channel_entry, vault_path};
use crate::DeskError;
use crate::room::Room;

impl Room {
    /// A channel's secret lies in the keyring, or in the encrypted library where there is no keyring.
    pub(crate) fn keep_channel_secret(&self, channel: ChannelId, secret: &str) -> Answer<()> {
        if vault_path(&self.dir).exists() {
            return Ok(self.library.set_setting(&format!("secret:{channel}"), &secret.into())?);
        }
        let entry = channel_entry(&self.dir, &channel.to_string())?;
        entry.set_password(secret).map_err(|error| DeskError::KeyStore { why: error.to_string() })?;
        Ok(self.library.set_setting(&format!("secret:{channel}"), &serde_json::Value::Null)?)
    }

    /// A channel's secret, wherever it lies.
    pub(crate) fn channel_secret(&self, channel: ChannelId) -> Option<String> {
        let kept = self.library.setting(&format!("secret:{channel}")).ok()?;
        if let Some(secret) = kept.as_ref().and_then(|kept| kept.as_str()) {
            return Some(secret.to_owned());
        }
        if vault_path(&self.dir).exists() {
            return None;
        }
        channel_entry(&self.dir, &channel.to_string()).ok()?.get_password().ok()
    }

    /// Brings the secrets of this laptop's channels out of the keyring into the encrypted library, before the keyring
    /// is no longer asked. A keyring that does not answer now is no reason to leave one behind: nothing moves then.
    pub(crate) fn bring_channel_secrets(&self) -> Answer<()> {
        if vault_path(&self.dir).exists() {
            return Ok(());
        }
        let own = Lane::Device(self.identity().device);
        for channel in self.channel_list()?.into_iter().filter(|channel| channel.lane == own) {
            let entry = channel_entry(&self.dir, &channel.id.to_string())?;
            match entry.get_password() {
                Ok(secret) => {
                    self.library.set_setting(&format!("secret:{}", channel.id), &secret.into())?;
                    let _ = entry.delete_credential();
                }
                Err(keyring::Error::NoEntry) => {} // it lies in the library already, or was never given
                Err(error) => return Err(DeskError::KeyStore { why: error.to_string() }.into()),
            }
        }
        Ok(())
    }
}
