//! Pictures and videos of a post: looked up by slug first, uploaded once, then given their words.

use std::io::Read;
use std::sync::Arc;

use md5::{Digest, Md5};
use satchel_checks::PackageMedia;
use serde_json::{Value, json};

use super::rest::{Ask, Rest, Upload};
use crate::adapter::{MediaSource, ending};
use crate::failure::PushError;

/// A piece of material at the site.
#[derive(Debug)]
pub(super) struct There {
    pub(super) id: u64,
    pub(super) url: String,
}

/// Sees to it that the piece lies at the site under `name`, with its caption.
pub(super) async fn place(
    rest: &Rest,
    item: &PackageMedia,
    name: &str,
    media: &Arc<dyn MediaSource>,
    step: &str,
) -> Result<There, PushError> {
    let found = look_up(rest, name, step).await?;
    let answer = match found {
        Some(answer) => answer,
        None => upload(rest, item, name, media, step).await?,
    };
    let there = read(&answer, step)?;
    rest.call(Ask::post(step, format!("/wp/v2/media/{}", there.id)).json(words(item))).await?;
    Ok(there)
}

async fn look_up(rest: &Rest, name: &str, step: &str) -> Result<Option<Value>, PushError> {
    let ask = Ask::get(step, "/wp/v2/media").with("slug", name).with("context", "edit");
    let Value::Array(items) = rest.call(ask).await? else {
        return Err(PushError::WrongAddress { address: rest.address(), line: "no list of media".to_owned() });
    };
    Ok(items.into_iter().min_by_key(|item| item["id"].as_u64()))
}

async fn upload(
    rest: &Rest,
    item: &PackageMedia,
    name: &str,
    media: &Arc<dyn MediaSource>,
    step: &str,
) -> Result<Value, PushError> {
    let (source, item_here) = (media.clone(), item.clone());
    // The sum lets the site refuse a body that the way has damaged.
    let summed = tokio::task::spawn_blocking(move || sum(&*source, &item_here)).await;
    let md5 = summed.map_err(|error| PushError::lost(step, false, error.to_string()))??;
    let file = media.open(&item.blob).map_err(|error| missing(item, &error))?;
    let file_name = format!("{name}.{}", ending(&item.file_name));
    let upload = Upload { file, mime: item.mime.clone(), file_name, md5 };
    rest.call(Ask::post(step, "/wp/v2/media").upload(upload)).await
}

fn sum(media: &dyn MediaSource, item: &PackageMedia) -> Result<String, PushError> {
    let mut file = media.open(&item.blob).map_err(|error| missing(item, &error))?;
    let mut md5 = Md5::new();
    let mut buffer = vec![0; 262_144];
    loop {
        match file.reader.read(&mut buffer).map_err(|error| missing(item, &error))? {
            0 => return Ok(md5.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            got => md5.update(&buffer[..got]),
        }
    }
}

fn missing(item: &PackageMedia, error: &std::io::Error) -> PushError {
    PushError::MaterialMissing { blob: item.blob.to_string(), why: error.to_string() }
}

fn read(answer: &Value, step: &str) -> Result<There, PushError> {
    let id = answer["id"].as_u64();
    let url = answer["source_url"].as_str().filter(|url| !url.is_empty());
    match (id, url) {
        (Some(id), Some(url)) => Ok(There { id, url: url.to_owned() }),
        _ => Err(PushError::lost(step, false, "the answer has no id or no address")),
    }
}

/// The body of the call that gives a piece its words. Captions are HTML at the site, the other texts plain.
fn words(item: &PackageMedia) -> Value {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let alt = if item.alt.is_empty() { &item.caption } else { &item.alt };
    json!({
        "title": item.caption,
        "caption": escaped(&item.caption),
        "alt_text": alt,
        "description": escaped(&item.credit),
    })
}
