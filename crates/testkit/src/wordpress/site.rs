//! The copy of WordPress: its folder, its settings file, its first users.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use super::database::Database;

/// The administrator's name.
pub(super) const ADMIN: &str = "editor";

/// Settings of PHP for the server and for one-liners alike.
pub(super) const PHP_SETTINGS: &[&str] = &[
    "-d",
    "upload_max_filesize=512M",
    "-d",
    "post_max_size=512M",
    "-d",
    "memory_limit=1G",
    "-d",
    "display_errors=0",
    "-d",
    "log_errors=1",
];

/// Where Debian keeps WordPress.
const SOURCE: &str = "/usr/share/wordpress";

/// The application passwords of a fresh or reopened site.
pub(super) struct Secrets {
    pub(super) admin: String,
    pub(super) contributor: String,
}

/// Copies the site once and writes the settings for this run's database.
pub(super) fn lay_out(folder: &Path, database: &Database) -> anyhow::Result<()> {
    let site = folder.join("site");
    if !site.join("wp-load.php").exists() {
        let copied = Command::new("cp").args(["-rL", SOURCE]).arg(&site).stderr(Stdio::null()).status()?;
        if !copied.success() && !site.join("wp-load.php").exists() {
            bail!("{SOURCE} could not be copied");
        }
        std::fs::create_dir_all(site.join("wp-content/uploads"))?;
    }
    std::fs::write(site.join("wp-config.php"), config(database.port)).context("wp-config.php")
}

fn config(port: u16) -> String {
    format!(
        r"<?php
$host = $_SERVER['HTTP_HOST'] ?? '127.0.0.1';
define('WP_HOME', 'http://' . $host);
define('WP_SITEURL', 'http://' . $host);
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', '127.0.0.1:{port}');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_ENVIRONMENT_TYPE', 'local');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_CONTENT_DIR', __DIR__ . '/wp-content');
define('WP_CONTENT_URL', WP_HOME . '/wp-content');
define('AUTH_KEY', 'test'); define('SECURE_AUTH_KEY', 'test');
define('LOGGED_IN_KEY', 'test'); define('NONCE_KEY', 'test');
define('AUTH_SALT', 'test'); define('SECURE_AUTH_SALT', 'test');
define('LOGGED_IN_SALT', 'test'); define('NONCE_SALT', 'test');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {{ define('ABSPATH', __DIR__ . '/'); }}
require_once ABSPATH . 'wp-settings.php';
"
    )
}

/// Installs the site when it is new, and makes fresh application passwords.
pub(super) fn install(folder: &Path) -> anyhow::Result<Secrets> {
    let said = run(folder, INSTALL)?;
    let mut lines = said.lines().rev();
    let contributor = lines.next().context("no password for the contributor")?.to_owned();
    let admin = lines.next().context("no password for the administrator")?.to_owned();
    Ok(Secrets { admin, contributor })
}

const INSTALL: &str = r"
define('WP_INSTALLING', true);
function wp_new_blog_notification() {}
function wp_mail() { return true; }
require 'wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
if (!is_blog_installed()) {
    wp_install('Satchel', 'editor', 'editor@example.invalid', true, '', wp_generate_password());
    wp_insert_user(['user_login' => 'author', 'user_pass' => wp_generate_password(), 'role' => 'contributor']);
    update_option('permalink_structure', '/%postname%/');
    flush_rewrite_rules(false);
    update_option('timezone_string', 'Asia/Shanghai');
}
foreach (['editor', 'author'] as $name) {
    $user = get_user_by('login', $name);
    $made = WP_Application_Passwords::create_new_application_password($user->ID, ['name' => uniqid('test')]);
    echo $made[0], PHP_EOL;
}
";

/// Runs PHP with WordPress loaded.
pub(super) fn php(folder: &Path, code: &str) -> anyhow::Result<String> {
    run(folder, &format!("require 'wp-load.php'; {code}"))
}

fn run(folder: &Path, code: &str) -> anyhow::Result<String> {
    let said = Command::new("php")
        .args(PHP_SETTINGS)
        .args(["-r", code])
        .current_dir(folder.join("site"))
        .stdin(Stdio::null())
        .output()
        .context("php is missing")?;
    if !said.status.success() {
        let words = String::from_utf8_lossy(&said.stderr);
        bail!("php: {} {}", words, String::from_utf8_lossy(&said.stdout));
    }
    Ok(String::from_utf8(said.stdout)?)
}
