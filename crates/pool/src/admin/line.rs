//! `satchel-pool admin`: the way in to the administrators' page.

use clap::{Args, Subcommand};

use crate::Pool;
use crate::cli::Place;
use crate::failure::Outcome;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum AdminVerb {
    /// Makes a link to the administrators' page that works once, within ten minutes. Works beside a running server.
    Link(LinkLine),
}

/// For whom.
#[derive(Debug, Args)]
pub struct LinkLine {
    #[command(flatten)]
    place: Place,
    /// The name that will stand in the pool's log.
    #[arg(long, default_value = "satchel-pool admin link")]
    name: String,
}

impl AdminVerb {
    /// Does it.
    ///
    /// # Errors
    /// What the store says.
    pub async fn carry_out(self) -> Outcome<()> {
        let Self::Link(line) = self;
        let settings = line.place.settings()?;
        let running = std::fs::read_to_string(settings.data.join("address")).ok();
        let url = match running {
            Some(url) if settings.url.is_empty() => url,
            _ => settings.public_url(),
        };
        let path = Pool::open(settings).await?.admin_link(&line.name, None).await?;
        println!("{}{path}", url.trim_end_matches('/'));
        Ok(())
    }
}
