//! Ids that never mix. They are minted with the time and the dice that the caller passes in.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use ts_rs::TS;

/// Time and dice for new ids.
pub trait Mint {
    /// Unix time in milliseconds.
    fn now_ms(&mut self) -> u64;
    /// Ten random bytes.
    fn dice(&mut self) -> [u8; 10];
}

/// The text is no id: 32 hex digits were expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not an id: {0:?}")]
pub struct BadId(pub String);

/// Builds the 16 bytes of a UUID version 7 from the time and the dice.
fn minted(mint: &mut impl Mint) -> [u8; 16] {
    let millis = mint.now_ms();
    let dice = mint.dice();
    uuid::Builder::from_unix_timestamp_millis(millis, &dice).into_uuid().into_bytes()
}

macro_rules! id {
    (@common $name:ident) => {
        impl $name {
            /// Mints a new id, ordered by time.
            pub fn mint(mint: &mut impl Mint) -> Self {
                Self(minted(mint))
            }
            /// The sixteen bytes as they stand in a record header.
            #[must_use]
            pub const fn bytes(self) -> [u8; 16] {
                self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(&hex::encode(self.0))
            }
        }
        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| BadId(text.to_owned()))?;
                Ok(Self(bytes))
            }
        }
        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $brand:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(try_from = "String", into = "String")]
        #[ts(export_to = "generated.ts", type = $brand)]
        pub struct $name(pub [u8; 16]);
        id!(@common $name);
    )*};
}

ids! {
    /// One centre and its pool.
    NewsroomId = "string & { readonly __id: \"NewsroomId\" }";
    /// One person of the centre.
    PersonId = "string & { readonly __id: \"PersonId\" }";
    /// One installation of the program on one machine, by its key.
    DeviceId = "string & { readonly __id: \"DeviceId\" }";
    /// One story, from first draft to archive, across every laptop that holds it.
    ///
    /// ```compile_fail,E0308
    /// # use satchel_terms::{ClipId, Mint, StoryId};
    /// fn open(mint: &mut impl Mint) -> StoryId {
    ///     ClipId::mint(mint) // a clip is not a story
    /// }
    /// ```
    StoryId = "string & { readonly __id: \"StoryId\" }";
    /// One piece of recorded material.
    ClipId = "string & { readonly __id: \"ClipId\" }";
    /// One edited sequence.
    CutId = "string & { readonly __id: \"CutId\" }";
    /// One remark on a passage.
    CommentId = "string & { readonly __id: \"CommentId\" }";
    /// One way out to the public.
    ChannelId = "string & { readonly __id: \"ChannelId\" }";
    /// One release of one story on one channel.
    PushId = "string & { readonly __id: \"PushId\" }";
    /// One piece of long work.
    JobId = "string & { readonly __id: \"JobId\" }";
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;
    impl Mint for Fixed {
        fn now_ms(&mut self) -> u64 {
            1_795_000_000_000
        }
        fn dice(&mut self) -> [u8; 10] {
            [7; 10]
        }
    }

    #[test]
    fn an_id_survives_the_way_through_text() {
        let id = StoryId::mint(&mut Fixed);

        let back: StoryId = id.to_string().parse().unwrap();

        assert_eq!(back, id);
        assert!("nonsense".parse::<StoryId>().is_err());
    }
}
