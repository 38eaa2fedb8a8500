//! What tests need and the product does not: real servers on loopback, a bad line, made-up material.
//!
//! Nothing here is a fake of our own code. A server started here is the real one, in a folder of its own,
//! and goes away with the value that stands for it, even when the test process is killed.

pub mod clips;
#[cfg(target_os = "linux")]
pub mod cuts;
mod dice;
mod keeper;
pub mod link;
mod outside;
mod packages;
mod postgres;
pub mod proxy;
mod s3;
mod sshd;
mod wordpress;

pub use clips::samples;
pub use dice::Dice;
pub use keeper::Keeper;
#[cfg(target_os = "linux")]
pub use link::TunLine;
pub use link::{Link, LinkPlan};
pub use outside::{Node, Python};
pub use packages::{WORDPRESS_PACKAGES, ensure_packages};
pub use postgres::{POSTGRES_PACKAGES, Postgres};
pub use proxy::{Fault, Proxy};
pub use s3::S3;
pub use sshd::Sshd;
pub use wordpress::WordPress;

use std::net::TcpListener;

/// Returns a loopback port that was free a moment ago.
///
/// # Errors
/// When the system gives no port.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
