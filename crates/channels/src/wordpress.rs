//! WordPress over its REST interface: two phases, and only the second is seen.
//!
//! Look up → upload material → create or renew a draft → compare and look again → `publish` → read the public page.
//! The slug is the marker. WordPress does not lock a slug (a second post gets `-2`), so every create is
//! preceded by a lookup in all states and in the trash, where slugs end in `__trashed`, and a post that came
//! out with another slug is taken away again. Read in the source of WordPress 6.1.9.

mod material;
mod page;
mod posts;
mod refusal;
mod rest;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use satchel_checks::Package;
use satchel_terms::Hash;
use serde_json::Value;

use crate::adapter::{Account, Adapter, Lookup, MediaSource, Receipt, Step, StepLog, valid_marker};
use crate::failure::PushError;
use crate::secret::Secret;
use posts::{Post, Standing};
use rest::{Ask, Rest};

/// The one step that makes a story visible.
const PUBLISH: &str = "publish";

/// Where the site is and who we are there.
#[derive(Debug, Clone)]
pub struct WordPressAccount {
    /// The site's address as a reader types it, with or without a folder.
    pub url: String,
    /// The user's login name.
    pub user: String,
    /// An application password of that user (WordPress 5.6 or later).
    pub app_password: Secret,
    /// Categories for every post, by id.
    pub categories: Vec<u64>,
    /// Sets the first picture as the post's featured picture too.
    pub has_featured_picture: bool,
}

/// One account on one WordPress site.
#[derive(Debug)]
pub struct WordPress {
    rest: Rest,
    categories: Vec<u64>,
    has_featured_picture: bool,
}

impl WordPress {
    /// Prepares the adapter. Nothing is sent.
    ///
    /// # Errors
    /// [`PushError::BadSetting`] when the address is none.
    pub fn new(account: WordPressAccount) -> Result<Self, PushError> {
        Ok(Self {
            rest: Rest::new(&account.url, &account.user, account.app_password)?,
            categories: account.categories,
            has_featured_picture: account.has_featured_picture,
        })
    }

    /// Uploads what is not there yet; says where each piece lies and which is the first picture.
    async fn place_material(
        &self,
        package: &Package,
        media: &Arc<dyn MediaSource>,
        log: &dyn StepLog,
    ) -> Result<Placed, PushError> {
        let mut placed = Placed::default();
        for (index, item) in package.media().iter().enumerate() {
            let name = format!("{}-{:02}", package.marker(), index + 1);
            log.began(&material_step(index));
            let there = material::place(&self.rest, item, &name, media, &material_step(index)).await?;
            if placed.first_picture.is_none() && item.mime.starts_with("image/") {
                placed.first_picture = Some(there.id);
            }
            placed.urls.insert(item.blob, there.url);
        }
        Ok(placed)
    }

    /// Creates the draft, or renews the one that an earlier try left.
    async fn keep_draft(&self, left: Option<u64>, body: &Value, marker: &str) -> Result<u64, PushError> {
        let path = left.map_or_else(|| "/wp/v2/posts".to_owned(), |id| format!("/wp/v2/posts/{id}"));
        let answer = self.rest.call(Ask::post("draft", path).json(body.clone())).await?;
        let post = Post::read(&answer, "draft")?;
        if post.slug == marker || left.is_some() {
            return Ok(post.id);
        }
        // Another post has the slug: one of an earlier try that was still under way when we looked.
        let ask = Ask::delete("draft", format!("/wp/v2/posts/{}", post.id)).with("force", "true");
        self.rest.call(ask).await?;
        match posts::find(&self.rest, marker).await? {
            Standing::Absent => Err(PushError::ContentRefused {
                step: "draft".to_owned(),
                code: "slug-changed".to_owned(),
                field: post.slug,
            }),
            _ => Err(PushError::lost("draft", false, "an earlier try arrived late")),
        }
    }

    /// Compares what the site stored with what was sent. Lost tags are a note, lost words an error.
    async fn compare(&self, id: u64, package: &Package, html: &str) -> Result<Vec<String>, PushError> {
        let ask = Ask::get("compare", format!("/wp/v2/posts/{id}")).with("context", "edit");
        let answer = self.rest.call(ask).await?;
        let stored = answer["content"]["raw"].as_str().unwrap_or_default();
        let title = answer["title"]["raw"].as_str().unwrap_or_default();
        let same_words = page::letters(stored) == page::letters(html);
        if !same_words || page::letters(title) != page::letters(package.title()) {
            return Err(PushError::TextChanged);
        }
        let same = stored.trim().replace("\r\n", "\n") == html.trim().replace("\r\n", "\n");
        Ok(if same { Vec::new() } else { vec!["push.note-tags-removed".to_owned()] })
    }

    /// One more look right before the story becomes visible: when tries crossed, all of them agree on the oldest
    /// draft, and an editor at the site may have acted meanwhile.
    async fn still_ours(&self, id: u64, marker: &str) -> Result<(), PushError> {
        match posts::find(&self.rest, marker).await? {
            Standing::Draft(oldest) if oldest == id => Ok(()),
            _ => Err(PushError::lost("compare", false, "another try or an editor was faster")),
        }
    }

    async fn publish(&self, id: u64, log: &dyn StepLog) -> Result<Post, PushError> {
        log.began(PUBLISH);
        log.dispatched(PUBLISH).await?;
        let ask = Ask::post(PUBLISH, format!("/wp/v2/posts/{id}")).publishing();
        let answer = self.rest.call(ask.json(serde_json::json!({ "status": "publish" }))).await?;
        let post = Post::read(&answer, PUBLISH)?;
        if post.status != "publish" {
            return Err(PushError::HeldThere { id: id.to_string(), status: post.status });
        }
        Ok(post)
    }

    /// Reads the public page as a reader would; only then there is a receipt.
    async fn receipt(&self, post: Post, title: &str, notes: Vec<String>) -> Result<Receipt, PushError> {
        let unread = |why: String| PushError::Unknown { step: "read-back".to_owned(), why };
        let text = self.rest.public_page(&post.link).await.map_err(|page| unread(page.0))?;
        if !page::letters(&text).contains(&page::letters(title)) {
            return Err(unread(format!("the page at {} does not show the headline", post.link)));
        }
        Ok(Receipt { remote_id: post.id.to_string(), url: post.link, at: post.at, raw: post.raw, notes })
    }

    fn draft_body(&self, package: &Package, html: &str, placed: &Placed) -> Value {
        let mut body = serde_json::json!({
            "title": package.title(),
            "content": html,
            "excerpt": package.summary(),
            "status": "draft",
            "slug": package.marker(),
        });
        if !self.categories.is_empty() {
            body["categories"] = self.categories.clone().into();
        }
        if self.has_featured_picture
            && let Some(id) = placed.first_picture
        {
            body["featured_media"] = id.into();
        }
        body
    }
}

#[async_trait]
impl Adapter for WordPress {
    fn steps(&self, package: &Package) -> Vec<Step> {
        let mut steps = vec![Step::quiet("look-up")];
        steps.extend((0..package.media().len()).map(|index| Step::quiet(material_step(index))));
        steps.extend([Step::quiet("draft"), Step::quiet("compare")]);
        steps.extend([Step::publishing(PUBLISH), Step::quiet("read-back")]);
        steps
    }

    async fn check_account(&self) -> Result<Account, PushError> {
        let ask = Ask::get("check", "/wp/v2/users/me").with("context", "edit");
        let me = self.rest.call(ask).await?;
        for right in ["edit_posts", "publish_posts", "upload_files"] {
            if me["capabilities"][right] != Value::Bool(true) {
                return Err(PushError::RightMissing { code: right.to_owned() });
            }
        }
        let shown_as = me["name"].as_str().unwrap_or_default().to_owned();
        Ok(Account { shown_as, place: self.rest.address() })
    }

    async fn release(
        &self,
        package: &Package,
        media: Arc<dyn MediaSource>,
        log: &dyn StepLog,
    ) -> Result<Receipt, PushError> {
        let marker = valid_marker(package.marker())?;
        log.began("look-up");
        let left = match posts::find(&self.rest, marker).await? {
            Standing::Public(post) => return self.receipt(post, package.title(), Vec::new()).await,
            Standing::Trashed(id) => return Err(PushError::WithdrawnThere { id: id.to_string() }),
            Standing::Held(post) => {
                return Err(PushError::HeldThere { id: post.id.to_string(), status: post.status });
            }
            Standing::Draft(id) => Some(id),
            Standing::Absent => None,
        };
        let placed = self.place_material(package, &media, log).await?;
        let html = package.html_with(|item| placed.urls.get(&item.blob).cloned().unwrap_or_default());
        log.began("draft");
        let body = self.draft_body(package, &html, &placed);
        let id = self.keep_draft(left, &body, marker).await?;
        log.began("compare");
        let notes = self.compare(id, package, &html).await?;
        self.still_ours(id, marker).await?;
        let post = self.publish(id, log).await?;
        log.began("read-back");
        self.receipt(post, package.title(), notes).await
    }

    async fn lookup(&self, marker: &str) -> Result<Lookup, PushError> {
        Ok(match posts::find(&self.rest, valid_marker(marker)?).await? {
            Standing::Public(post) => Lookup::Found { id: post.id.to_string(), url: post.link },
            Standing::Trashed(id) => Lookup::Withdrawn { id: id.to_string() },
            Standing::Held(_) | Standing::Draft(_) | Standing::Absent => Lookup::NotFound,
        })
    }

    async fn withdraw(&self, remote_id: &str, _marker: &str) -> Result<(), PushError> {
        let id: u64 = remote_id.parse().map_err(|_| PushError::BadSetting { name: "remoteId" })?;
        let answer = self.rest.call_or(Ask::delete("withdraw", format!("/wp/v2/posts/{id}"))).await?;
        match answer {
            Ok(_) => Ok(()),
            // Put away before, or gone for good: both are what was asked for.
            Err(refusal) if ["rest_already_trashed", "rest_post_invalid_id"].contains(&&*refusal.code) => {
                Ok(())
            }
            Err(refusal) => Err(refusal.explain("withdraw", false)),
        }
    }
}

/// What lies at the site after the uploads.
#[derive(Debug, Default)]
struct Placed {
    urls: HashMap<Hash, String>,
    first_picture: Option<u64>,
}

fn material_step(index: usize) -> String {
    format!("media-{:02}", index + 1)
}
