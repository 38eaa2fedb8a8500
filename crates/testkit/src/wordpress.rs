//! A real WordPress on loopback: Debian's package, a MariaDB of its own, PHP's built-in server.
//!
//! Nothing of the system's own database or web server is used or touched. The site takes its name from the
//! `Host` header, so that it may be read through a proxy and every link it hands out leads through it too.

mod database;
mod site;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::keeper::Keeper;
use crate::packages::{WORDPRESS_PACKAGES, ensure_packages};
use database::Database;

/// A running site; it ends with this value.
#[derive(Debug)]
pub struct WordPress {
    /// Where it answers, without a slash at the end.
    pub url: String,
    /// The port on 127.0.0.1.
    pub port: u16,
    /// An administrator of the site.
    pub user: String,
    /// An application password of that user.
    pub app_password: String,
    /// An application password of the user `author`, who may write but not publish (role contributor).
    pub contributor_password: String,
    folder: PathBuf,
    database: Database,
    _keeper: Keeper,
    _own: Option<tempfile::TempDir>,
}

impl WordPress {
    /// Starts a site in a temporary folder. Takes some ten seconds; installs missing packages when root.
    ///
    /// # Errors
    /// When a package is missing or a server does not start; the message has the end of its log.
    pub fn start() -> anyhow::Result<Self> {
        let own = tempfile::Builder::new().prefix("satchel-wp").tempdir()?;
        let folder = own.path().to_owned();
        let mut site = Self::start_in(&folder)?;
        site._keeper.remove_at_end(&folder)?;
        site._own = Some(own);
        Ok(site)
    }

    /// Starts a site in the given folder, which is kept. A folder that holds a site already is used again.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_in(folder: &Path) -> anyhow::Result<Self> {
        ensure_packages(WORDPRESS_PACKAGES)?;
        std::fs::create_dir_all(folder)?;
        let folder = folder.canonicalize()?;
        let mut keeper = Keeper::start()?;
        let database = Database::start(&folder, &mut keeper)?;
        site::lay_out(&folder, &database)?;
        let secrets = site::install(&folder)?;
        let port = crate::free_port()?;
        serve(&folder, port, &mut keeper)?;
        Ok(Self {
            url: format!("http://127.0.0.1:{port}"),
            port,
            user: site::ADMIN.to_owned(),
            app_password: secrets.admin,
            contributor_password: secrets.contributor,
            folder,
            database,
            _keeper: keeper,
            _own: None,
        })
    }

    /// Counts the public posts whose slug starts with, or whose title is, the given text; asks the database.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn public_posts_with(&self, marker_or_title: &str) -> anyhow::Result<usize> {
        self.count_posts(marker_or_title, "publish")
    }

    /// Counts the posts in any given state (`draft`, `trash`, `publish` …) as [`Self::public_posts_with`] does.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn count_posts(&self, marker_or_title: &str, status: &str) -> anyhow::Result<usize> {
        let text = database::quoted(marker_or_title);
        let status = database::quoted(status);
        self.count(&format!(
            "SELECT COUNT(*) FROM wp_posts WHERE post_type = 'post' AND post_status = {status} \
             AND (post_title = {text} OR LEFT(post_name, CHAR_LENGTH({text})) = {text})"
        ))
    }

    /// Counts the pictures and videos whose slug starts with the given text.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn media_with(&self, marker: &str) -> anyhow::Result<usize> {
        let text = database::quoted(marker);
        self.count(&format!(
            "SELECT COUNT(*) FROM wp_posts WHERE post_type = 'attachment' \
             AND LEFT(post_name, CHAR_LENGTH({text})) = {text}"
        ))
    }

    /// Runs a query and returns its first column, a line each.
    ///
    /// # Errors
    /// When the database refuses it.
    pub fn query(&self, sql: &str) -> anyhow::Result<Vec<String>> {
        self.database.query(sql)
    }

    /// Runs PHP inside the site, with WordPress loaded; returns what it prints.
    ///
    /// # Errors
    /// When PHP fails; the message has what it said.
    pub fn php(&self, code: &str) -> anyhow::Result<String> {
        site::php(&self.folder, code)
    }

    /// Chooses between pretty links (`/wp-json/`) and plain ones (`/?rest_route=`).
    ///
    /// # Errors
    /// As [`Self::php`].
    pub fn set_pretty_links(&self, pretty: bool) -> anyhow::Result<()> {
        let shape = if pretty { "/%postname%/" } else { "" };
        self.php(&format!("update_option('permalink_structure', '{shape}'); flush_rewrite_rules(false);"))?;
        Ok(())
    }

    fn count(&self, sql: &str) -> anyhow::Result<usize> {
        let rows = self.database.query(sql)?;
        rows.first().context("the database gave no row")?.parse().context("not a count")
    }
}

fn serve(folder: &Path, port: u16, keeper: &mut Keeper) -> anyhow::Result<()> {
    let log = folder.join("php.log");
    let mut php = Command::new("php");
    php.args(site::PHP_SETTINGS)
        .args(["-S", &format!("127.0.0.1:{port}"), "-t"])
        .arg(folder.join("site"))
        .env("PHP_CLI_SERVER_WORKERS", "4")
        .current_dir(folder.join("site"));
    keeper.serve(&mut php, port, &log)
}
