//! `satchelctl nearby`: the exchange with laptops nearby.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use clap::Subcommand;
use satchel_desk::{Answer, Desk};
use serde_json::Value;

use crate::verbs::json;

/// What to do with laptops nearby.
#[derive(Debug, Subcommand)]
pub enum NearbyVerb {
    /// Listens until its standard input closes. Says first where, as one line of JSON, and what was done at the end.
    Listen {
        /// Only at this address, unannounced; otherwise on every network, announced.
        #[arg(long)]
        at: Option<String>,
        /// At most so many seconds.
        #[arg(long, default_value_t = 3_600)]
        within: u64,
    },
    /// Meets the laptop at an address and exchanges everything.
    Meet {
        /// As the other shows it: 192.168.43.7:7811/K7QM-2XVD-9TRA, or without the code.
        place: String,
    },
}

impl NearbyVerb {
    /// Does it and answers how it stands.
    pub async fn act(self, desk: &Desk) -> Answer<Value> {
        match self {
            Self::Listen { at, within } => {
                let card = json(desk.set_nearby(true, at).await?)?;
                let mut out = std::io::stdout();
                let _ = writeln!(out, "{card}").and_then(|()| out.flush());
                tokio::select! {
                    () = stdin_closed() => {}
                    () = tokio::time::sleep(Duration::from_secs(within)) => {}
                }
                json(desk.set_nearby(false, None).await?)
            }
            Self::Meet { place } => json(desk.meet_nearby(place).await?),
        }
    }
}

/// Ends when standard input does. The thread that reads it ends with the program.
async fn stdin_closed() {
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut sink = [0; 256];
        while std::io::stdin().read(&mut sink).is_ok_and(|count| count > 0) {}
        let _ = tell.send(());
    });
    let _ = told.await;
}
