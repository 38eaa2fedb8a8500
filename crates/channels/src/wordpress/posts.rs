//! What the site says about a post of ours.

use satchel_terms::Stamp;
use serde_json::Value;
use time::PrimitiveDateTime;
use time::macros::format_description;

use super::rest::{Ask, Rest};
use crate::failure::PushError;

/// How a marker stands at the site.
#[derive(Debug)]
pub(super) enum Standing {
    /// Everybody can read it.
    Public(Post),
    /// In the trash.
    Trashed(u64),
    /// Somebody put it into another state: pending, private, future or one of a plugin.
    Held(Post),
    /// A draft that an earlier try left.
    Draft(u64),
    /// No trace.
    Absent,
}

/// A post as the REST interface shows it.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) id: u64,
    pub(super) slug: String,
    pub(super) status: String,
    pub(super) link: String,
    pub(super) at: Option<Stamp>,
    /// The parts of the answer that make the proof.
    pub(super) raw: Value,
}

impl Post {
    /// Reads an answer; one without an id is no post.
    pub(super) fn read(answer: &Value, step: &str) -> Result<Self, PushError> {
        let word = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let id = answer["id"]
            .as_u64()
            .ok_or_else(|| PushError::lost(step, step == super::PUBLISH, "the answer has no id"))?;
        let raw = ["id", "slug", "status", "link", "date_gmt", "modified_gmt", "author"];
        Ok(Self {
            id,
            slug: word("slug"),
            status: word("status"),
            link: word("link"),
            at: moment(&word("date_gmt")),
            raw: raw.into_iter().map(|name| (name.to_owned(), answer[name].clone())).collect::<Value>(),
        })
    }
}

/// Looks for a marker in all states and in the trash.
///
/// Several posts can bear it after tries that crossed: a public one counts first, then the oldest.
pub(super) async fn find(rest: &Rest, marker: &str) -> Result<Standing, PushError> {
    let slugs = format!("{marker},{marker}-2,{marker}-3,{marker}-4");
    let mut posts = list(rest, &slugs, "any").await?;
    posts.sort_by_key(|post| (post.status != "publish", post.id));
    let mut posts = posts.into_iter();
    let first = posts.next();
    if let Some(post) = first {
        return Ok(match post.status.as_str() {
            "publish" => Standing::Public(post),
            "draft" => Standing::Draft(post.id),
            _ => Standing::Held(post),
        });
    }
    let trashed = list(rest, &format!("{marker}__trashed"), "trash").await?;
    Ok(trashed.first().map_or(Standing::Absent, |post| Standing::Trashed(post.id)))
}

async fn list(rest: &Rest, slugs: &str, status: &str) -> Result<Vec<Post>, PushError> {
    let ask = Ask::get("look-up", "/wp/v2/posts").with("slug", slugs).with("status", status);
    let answer = rest.call(ask.with("context", "edit").with("per_page", "20")).await?;
    let Value::Array(items) = answer else {
        return Err(PushError::WrongAddress { address: rest.address(), line: "no list of posts".to_owned() });
    };
    items.iter().map(|item| Post::read(item, "look-up")).collect()
}

/// A moment as WordPress writes it in `*_gmt` fields.
fn moment(text: &str) -> Option<Stamp> {
    let shape = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let at = PrimitiveDateTime::parse(text, &shape).ok()?.assume_utc();
    Some(at.unix_timestamp() * 1_000)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_sites_moments_are_read_as_utc() {
        assert_eq!(moment("2026-11-23T04:05:06"), Some(1_795_406_706_000));
        assert_eq!(moment("yesterday"), None);
    }

    #[test]
    fn an_answer_without_id_to_the_publishing_call_leaves_it_open() {
        assert!(matches!(Post::read(&json!({}), "publish"), Err(PushError::Unknown { .. })));
        assert!(matches!(Post::read(&json!({}), "draft"), Err(PushError::Interrupted { .. })));
    }
}
