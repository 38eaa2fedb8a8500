//! Cuts of which only the recipe comes. FFmpeg is needed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use satchel_jobs::Gauge;
use satchel_media::{RenderJob, Tools, made_with, render};
use satchel_pool::Recipes;
use satchel_terms::{Hash, Role};
use satchel_wire::protocol::{EnrolAsk, HaveAnswer};
use satchel_wire::{MakeAnswer, MakeAsk, Recipe, RecipeLook, RecipePiece};

use crate::laptop::{Laptop, read};
use crate::process::{init, serve};
use crate::shop::Shop;

/// A laptop's film and a cut of it.
struct Cut {
    source: Vec<u8>,
    bytes: Vec<u8>,
    root: Hash,
    ask: MakeAsk,
}

/// Cuts the seconds 1 to 3 and then the first out of a film of so many seconds, `repeats` times over.
async fn cut(dir: &Path, seconds: u32, repeats: usize) -> Cut {
    let film = dir.join("film.mp4");
    satchel_testkit::clips::video(&film, seconds).unwrap();
    let source = std::fs::read(&film).unwrap();
    let name = Hash(*blake3::hash(&source).as_bytes());
    let tools = Tools::find(None).await.unwrap();
    let piece = |start_us, length_us| RecipePiece {
        source: name,
        start_us,
        length_us,
        has_audio: true,
        look: RecipeLook::Plain,
    };
    let recipe = Recipe {
        made_with: made_with(&tools).expect("an encoder that makes the same everywhere"),
        size: (1280, 720),
        rate: (25, 1),
        pieces: [piece(1_000_000, 2_000_000), piece(0, 1_000_000)].repeat(repeats),
    };
    let out = dir.join("cut.mp4");
    let job = RenderJob::of(&recipe, |_| PathBuf::from(&film), out.clone());
    render(&tools, &job, &Gauge::default()).await.unwrap();
    let bytes = std::fs::read(out).unwrap();
    let root = Hash(*blake3::hash(&bytes).as_bytes());
    Cut { source, root, ask: MakeAsk { bytes: bytes.len() as u64, recipe }, bytes }
}

async fn ask(laptop: &Laptop, root: Hash, ask: &MakeAsk) -> MakeAnswer {
    read(laptop.post(&format!("/v1/blobs/{root}/make"), ask).await).await.unwrap()
}

/// Asks until the pool no longer makes it.
async fn outcome(laptop: &Laptop, root: Hash, wanted: &MakeAsk) -> MakeAnswer {
    let begun = Instant::now();
    loop {
        match ask(laptop, root, wanted).await {
            MakeAnswer::Making { .. } if begun.elapsed() < Duration::from_secs(120) => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            other => return other,
        }
    }
}

fn why(answer: &MakeAnswer) -> &str {
    match answer {
        MakeAnswer::Send { why } => why,
        _ => "",
    }
}

#[tokio::test]
async fn a_cut_whose_sources_are_here_is_made_here_to_the_byte() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let cut = cut(shop.dir.path(), 6, 1).await;

    let too_early = ask(&laptop, cut.root, &cut.ask).await;
    laptop.upload(&cut.source).await;
    let begun = ask(&laptop, cut.root, &cut.ask).await;
    let made = outcome(&laptop, cut.root, &cut.ask).await;

    assert_eq!(why(&too_early), "sources");
    assert!(matches!(begun, MakeAnswer::Making { seconds: 2.. }), "{begun:?}");
    assert_eq!(made, MakeAnswer::Here);
    let kept = laptop.get(&format!("/v1/blobs/{}", cut.root)).await.bytes().await.unwrap();
    assert!(kept == cut.bytes);
}

#[tokio::test]
async fn what_does_not_come_out_as_the_laptop_has_it_does_not_count_and_is_sent() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let cut = cut(shop.dir.path(), 6, 1).await;
    laptop.upload(&cut.source).await;
    let mut other = cut.ask.clone();
    other.recipe.pieces.reverse();
    let noise = vec![7; 300_000];
    let no_film = laptop.upload(&noise).await;
    let mut of_noise = cut.ask.clone();
    of_noise.recipe.pieces[0].source = no_film;

    let different = outcome(&laptop, cut.root, &other).await;
    let failed = outcome(&laptop, Hash([9; 32]), &of_noise).await;

    assert_eq!((why(&different), why(&failed)), ("different", "failed"));
    let gone = laptop.get(&format!("/v1/blobs/{}", cut.root)).await;
    assert_eq!(gone.status(), 404, "nothing of it is kept");
    assert_eq!(laptop.upload(&cut.bytes).await, cut.root);
    assert_eq!(ask(&laptop, cut.root, &cut.ask).await, MakeAnswer::Here);
}

#[tokio::test]
async fn a_cut_that_outgrows_what_the_laptop_has_is_broken_off() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let mut cut = cut(shop.dir.path(), 6, 1).await;
    laptop.upload(&cut.source).await;
    cut.ask.recipe.pieces = vec![RecipePiece { length_us: 5_000_000, ..cut.ask.recipe.pieces[0] }; 60]; // minutes of work
    cut.ask.bytes = 1_000;

    let broken_off = outcome(&laptop, cut.root, &cut.ask).await;

    assert_eq!(why(&broken_off), "different", "{broken_off:?}");
}

#[tokio::test]
async fn recipes_that_nobody_may_take_in_hand_are_refused_and_others_sent() {
    let mut shop = Shop::open().await;
    shop.recipes = Recipes { longest_seconds: 2, ..Recipes::default() };
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    shop.restart(&mut [&mut laptop]).await;
    let cut = cut(shop.dir.path(), 6, 1).await;
    laptop.upload(&cut.source).await;

    let long = ask(&laptop, cut.root, &cut.ask).await;
    let mut foreign = cut.ask.clone();
    foreign.recipe.pieces.truncate(1);
    foreign.recipe.made_with = "another program".into();
    let tools = ask(&laptop, cut.root, &foreign).await;
    let mut endless = cut.ask.clone();
    endless.recipe.pieces[0].length_us = u64::MAX;
    let refused = laptop.post(&format!("/v1/blobs/{}/make", cut.root), &endless).await;
    let nonsense = laptop.post(&format!("/v1/blobs/{}/make", cut.root), &"/etc/passwd").await;

    assert_eq!((why(&long), why(&tools)), ("too-long", "tools"));
    assert_eq!((refused.status().as_u16(), nonsense.status().as_u16()), (400, 400));
    assert!(read::<HaveAnswer>(refused).await.unwrap_err().code.starts_with("wire."));
}

#[tokio::test]
async fn a_cut_in_hand_when_the_pool_is_killed_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("pool");
    let mut invitation = init(&data);
    let mut running = serve(&data);
    invitation.pool = running.url.clone();
    let mut laptop = Laptop::new(1, &invitation);
    let enrol = EnrolAsk {
        code: invitation.code.clone(),
        public_key: satchel_wire::key_to_hex(&laptop.key.verifying_key()),
        machine: "test".into(),
    };
    assert!(laptop.post("/v1/enrol", &enrol).await.status().is_success());
    laptop.sign_in().await.unwrap();
    let cut = cut(dir.path(), 6, 8).await;
    laptop.upload(&cut.source).await;

    let begun = ask(&laptop, cut.root, &cut.ask).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    running = serve(&data);
    laptop.url = running.url.clone();

    assert!(matches!(begun, MakeAnswer::Making { .. }));
    let after = ask(&laptop, cut.root, &cut.ask).await;
    assert!(matches!(after, MakeAnswer::Making { .. }), "nothing half was kept: {after:?}");
    assert_eq!(outcome(&laptop, cut.root, &cut.ask).await, MakeAnswer::Here);
    assert!(laptop.get(&format!("/v1/blobs/{}", cut.root)).await.bytes().await.unwrap() == cut.bytes);
    let left = std::fs::read_dir(data.join("making")).unwrap().count();
    assert!(left <= 1, "{left} folders: its own is gone, the killed one's may wait for its day");
}
