//! The WordPress channel against a real WordPress, behind a bad line. What counts is what the site's database says.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "support/desk.rs"]
mod desk;

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use desk::{Diary, Shelf, package};
use satchel_channels::{
    Adapter, Class, Lookup, PushError, Receipt, Secret, Target, WordPress, WordPressAccount, open,
};
use satchel_checks::Package;
use satchel_testkit::{Fault, Proxy, WordPress as Site};
use serde_json::json;

/// One site for all laws of this file; it goes with the process.
fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let started = Instant::now();
        let site = Site::start().expect("a WordPress is needed for these laws");
        println!("WordPress was up after {:.1} s", started.elapsed().as_secs_f32());
        site
    })
}

fn proxy() -> Proxy {
    Proxy::start(([127, 0, 0, 1], site().port).into()).unwrap()
}

fn adapter(url: &str) -> WordPress {
    with_password(url, &site().user, &site().app_password)
}

fn with_password(url: &str, user: &str, password: &str) -> WordPress {
    WordPress::new(WordPressAccount {
        url: url.to_owned(),
        user: user.to_owned(),
        app_password: Secret::new(password),
        categories: Vec::new(),
        has_featured_picture: true,
    })
    .unwrap()
}

async fn push(url: &str, package: &Package, shelf: &Arc<Shelf>) -> Result<Receipt, PushError> {
    // A new adapter every time, as after a restart of the program.
    adapter(url).release(package, shelf.clone(), &Diary::default()).await
}

/// What the desk does after a failure: an open question is looked up first, then the push goes on.
async fn recover(url: &str, package: &Package, shelf: &Arc<Shelf>, error: PushError) -> Receipt {
    match error.class() {
        Class::Retry => {}
        Class::Lookup => {
            let answer = adapter(url).lookup(package.marker()).await.unwrap();
            assert!(matches!(answer, Lookup::Found { .. } | Lookup::NotFound), "{answer:?}");
        }
        other => panic!("a bad line is no reason for {other:?}: {error:?}"),
    }
    push(url, package, shelf).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_goes_out_with_its_pictures_and_the_receipt_holds() {
    let shelf = Shelf::with(&["jpg", "jpg", "mp4"]);
    let package = package("whole-story", "县城新图书馆开放 A & “B”", &shelf);
    let diary = Diary::default();
    let adapter = adapter(&site().url);

    let receipt = adapter.release(&package, shelf.clone(), &diary).await.unwrap();

    assert_eq!(site().public_posts_with("whole-story").unwrap(), 1);
    assert_eq!(site().media_with("whole-story").unwrap(), 3);
    assert_eq!(diary.dispatched(), ["publish"]);
    let names: Vec<String> = adapter.steps(&package).into_iter().map(|step| step.name).collect();
    assert_eq!(diary.began(), names, "the steps are those that were announced");
    assert!(receipt.url.contains("whole-story"), "{receipt:?}");
    assert!(receipt.at.is_some());
    assert_eq!(receipt.notes, Vec::<String>::new());
    let id: u64 = receipt.remote_id.parse().unwrap();
    let content = site().php(&format!("echo get_post({id})->post_content;")).unwrap();
    assert_eq!(content.matches("/wp-content/uploads/").count(), 3, "{content}");
    let caption = "SELECT post_excerpt FROM wp_posts WHERE post_name = 'whole-story-01'";
    assert_eq!(site().query(caption).unwrap(), ["图书馆外景 1"]);
    assert_eq!(site().php(&format!("echo get_post_thumbnail_id({id}) > 0 ? 'yes' : 'no';")).unwrap(), "yes");
    let found = adapter.lookup("whole-story").await.unwrap();
    assert_eq!(found, Lookup::Found { id: receipt.remote_id, url: receipt.url });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_at_any_step_never_makes_two_public_stories() {
    every_step("lost", &Fault::DropAnswer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_cut_while_the_site_still_works_never_makes_two_public_stories() {
    every_step("cut", &Fault::CutWhileWorking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_error_after_the_work_never_makes_two_public_stories() {
    every_step("failed", &Fault::ServerErrorAfterWork).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_cut_in_the_middle_never_makes_two_public_stories() {
    every_step("half", &Fault::CutAnswerAfter(150)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_cut_in_the_middle_never_makes_two_public_stories() {
    every_step("torn", &Fault::CutRequestAfter(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_arrives_twice_never_makes_two_public_stories() {
    every_step("twice", &Fault::Twice).await;
}

/// Puts the fault at the first request, then the second, and so on until a push passes without meeting it.
async fn every_step(word: &str, fault: &Fault) {
    let proxy = proxy();
    let shelf = Shelf::with(&["jpg"]);
    for nth in 1.. {
        let marker = format!("{word}-at-{nth:02}");
        let package = package(&marker, &format!("第{nth}次{word}"), &shelf);
        proxy.only_at(nth, fault.clone());

        let outcome = push(&proxy.url(), &package, &shelf).await;

        let has_fired = proxy.fired() > 0;
        let receipt = match outcome {
            Ok(receipt) => receipt,
            Err(error) => {
                assert!(has_fired, "nothing else was wrong: {error:?}");
                recover(&proxy.url(), &package, &shelf, error).await
            }
        };
        assert!(proxy.is_quiet_soon());
        assert_eq!(site().public_posts_with(&marker).unwrap(), 1, "{fault:?} at request {nth}");
        assert!(receipt.url.contains(&marker));
        if !has_fired {
            println!("{fault:?}: {} requests, each one lost once", nth - 1);
            assert!(nth > 9, "the push has more requests than {nth}");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_story_pushed_twice_at_once_stays_one_public_story() {
    let shelf = Shelf::with(&[]);
    let url = &site().url;
    for round in 1..=6 {
        let marker = format!("at-once-{round}");
        let package = package(&marker, "同时按下", &shelf);

        let (one, two) = tokio::join!(push(url, &package, &shelf), push(url, &package, &shelf));

        let errors: Vec<PushError> = [one, two].into_iter().filter_map(Result::err).collect();
        assert!(errors.iter().all(|error| error.class() == Class::Retry), "{errors:?}");
        let receipt = push(url, &package, &shelf).await.unwrap();
        assert_eq!(site().public_posts_with(&marker).unwrap(), 1, "round {round}: {errors:?}");
        assert!(receipt.url.contains(&marker));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loss_of_the_publishing_answer_and_of_no_earlier_one_is_an_open_question() {
    let proxy = proxy();
    let shelf = Shelf::with(&[]);
    let mut open_questions = Vec::new();
    for nth in 1..=9 {
        let package = package(&format!("open-question-{nth}"), "悬而未决", &shelf);
        proxy.only_at(nth, Fault::DropAnswer);
        let diary = Diary::default();

        let outcome = adapter(&proxy.url()).release(&package, shelf.clone(), &diary).await;

        if let Err(error) = outcome {
            let was_dispatched = !diary.dispatched().is_empty();
            assert_eq!(error.class() == Class::Lookup, was_dispatched, "{error:?}");
            open_questions.push(was_dispatched);
        }
    }
    assert_eq!(open_questions.iter().filter(|open| **open).count(), 2, "publishing and reading back");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_published_when_the_diary_refuses() {
    let shelf = Shelf::with(&[]);
    let package = package("no-diary", "没有记下", &shelf);

    let outcome = adapter(&site().url).release(&package, shelf, &Diary::refusing()).await;

    assert!(matches!(outcome, Err(PushError::NotDispatched { .. })));
    assert_eq!(site().public_posts_with("no-diary").unwrap(), 0);
    assert_eq!(site().count_posts("no-diary", "draft").unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_story_does_not_come_back_by_itself() {
    let shelf = Shelf::with(&[]);
    let package = package("put-away", "已经撤下", &shelf);
    let receipt = push(&site().url, &package, &shelf).await.unwrap();
    let adapter = adapter(&site().url);

    adapter.withdraw(&receipt.remote_id, "put-away").await.unwrap();
    adapter.withdraw(&receipt.remote_id, "put-away").await.unwrap();

    assert_eq!(site().public_posts_with("put-away").unwrap(), 0);
    assert_eq!(adapter.lookup("put-away").await.unwrap(), Lookup::Withdrawn { id: receipt.remote_id });
    let again = push(&site().url, &package, &shelf).await.unwrap_err();
    assert_eq!(again.class(), Class::Stop, "{again:?}");
    assert_eq!(site().public_posts_with("put-away").unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_of_being_refused_has_its_class() {
    let proxy = proxy();
    let shelf = Shelf::with(&[]);
    let package = package("refused", "被拒绝", &shelf);
    let dead = format!("http://{}", satchel_testkit::proxy::refused_address().unwrap());

    let wrong = with_password(&site().url, &site().user, "nonsense").check_account().await.unwrap_err();
    let low =
        with_password(&site().url, "author", &site().contributor_password).check_account().await.unwrap_err();
    let unreachable = push(&dead, &package, &shelf).await.unwrap_err();
    proxy.always(Fault::HtmlPage);
    let portal = push(&proxy.url(), &package, &shelf).await.unwrap_err();
    proxy.always(Fault::Busy(30));
    let busy = push(&proxy.url(), &package, &shelf).await.unwrap_err();
    proxy.always(Fault::HangUp);
    let hung_up = push(&proxy.url(), &package, &shelf).await.unwrap_err();

    assert!(matches!(wrong, PushError::SignInRefused { .. }), "{wrong:?}");
    assert!(matches!(low, PushError::RightMissing { .. }), "{low:?}");
    assert!(matches!(unreachable, PushError::Unreachable { .. }), "{unreachable:?}");
    assert!(
        matches!(&portal, PushError::WrongAddress { line, .. } if line.contains("DOCTYPE")),
        "{portal:?}"
    );
    assert!(matches!(busy, PushError::Busy { wait_s: Some(30), .. }), "{busy:?}");
    assert!(matches!(hung_up, PushError::Interrupted { .. }), "{hung_up:?}");
    assert_eq!(site().public_posts_with("refused").unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_without_the_right_to_publish_leaves_a_draft_and_says_so() {
    let shelf = Shelf::with(&[]);
    let package = package("no-right", "无权发布", &shelf);
    let adapter = with_password(&site().url, "author", &site().contributor_password);

    let outcome = adapter.release(&package, shelf, &Diary::default()).await;

    assert_eq!(outcome.unwrap_err().class(), Class::Auth);
    assert_eq!(site().public_posts_with("no-right").unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_without_pretty_links_works_as_well() {
    let plain = Site::start().unwrap();
    plain.set_pretty_links(false).unwrap();
    let settings = json!({ "featuredPicture": false });
    let target = Target {
        kind: "wordpress",
        url: &plain.url,
        account: &plain.user,
        settings: settings.as_object().unwrap(),
        secret: Some(Secret::new(&plain.app_password)),
    };
    let adapter = open(target).unwrap();
    let shelf = Shelf::with(&["jpg"]);
    let package = package("plain-links", "朴素链接", &shelf);

    let account = adapter.check_account().await.unwrap();
    let receipt = adapter.release(&package, shelf, &Diary::default()).await.unwrap();

    assert_eq!(account.shown_as, "editor");
    assert_eq!(plain.public_posts_with("plain-links").unwrap(), 1);
    assert!(receipt.url.contains("?p="), "{receipt:?}");
}

#[test]
fn a_secret_does_not_print_itself() {
    let account = WordPressAccount {
        url: String::new(),
        user: "editor".to_owned(),
        app_password: Secret::new("open sesame"),
        categories: Vec::new(),
        has_featured_picture: false,
    };

    assert!(!format!("{account:?}").contains("sesame"));
}
