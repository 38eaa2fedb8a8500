//! Who comes in.

use satchel_terms::Role;
use satchel_wire::key_from_hex;
use satchel_wire::protocol::{Health, Invitation, InviteAsk, PersonLine, RevokeAsk};

use crate::laptop::{Laptop, read};
use crate::shop::Shop;
use crate::store;

#[tokio::test]
async fn a_laptop_joins_with_an_invitation_and_is_known_from_then_on() {
    let shop = Shop::open().await;
    let invitation = shop.invite("张三", &[Role::Reporter]).await;

    let laptop = Laptop::join(1, &invitation).await;

    let people: Vec<PersonLine> = read(laptop.get("/v1/people").await).await.unwrap();
    assert_eq!((people[0].name.as_str(), people[0].devices[0].device), ("张三", laptop.device));
    let health: Health = read(laptop.get("/health").await).await.unwrap();
    assert_eq!((health.devices, health.head), (1, 2), "a grant and a certificate are in the feed");
    assert_eq!(health.disk_free.is_some(), store::HAS_A_DISK);
}

#[tokio::test]
async fn an_invitation_serves_one_device_and_answers_that_one_again() {
    let shop = Shop::open().await;
    let invitation = shop.invite("张三", &[Role::Reporter]).await;
    let first = Laptop::new(1, &invitation);
    let once = first.enrol(&invitation).await.unwrap();

    let again = first.enrol(&invitation).await.unwrap();
    let other = Laptop::new(2, &invitation).enrol(&invitation).await;

    assert_eq!(again, once, "a lost answer is no lost invitation");
    assert_eq!(other.unwrap_err().code, "pool.code-used");
}

#[tokio::test]
async fn a_false_or_old_code_opens_nothing() {
    let shop = Shop::open().await;
    let ask = InviteAsk {
        name: "a".into(),
        roles: vec![Role::Reporter],
        person: None,
        valid_minutes: None,
        url: None,
    };
    let old = shop.server().pool.invite(&ask, -1).await.unwrap();
    let mut unknown = shop.invite("b", &[Role::Reporter]).await;
    unknown.code = "00000-00000-00000-00000".into();

    assert_eq!(Laptop::new(1, &old).enrol(&old).await.unwrap_err().code, "pool.code-expired");
    let laptop = Laptop::new(2, &unknown);
    let ask = satchel_wire::protocol::EnrolAsk {
        code: unknown.code,
        public_key: satchel_wire::key_to_hex(&laptop.key.verifying_key()),
        machine: String::new(),
    };
    let refused = read::<serde_json::Value>(laptop.post("/v1/enrol", &ask).await).await.unwrap_err();
    assert_eq!(refused.code, "pool.code-unknown");
}

#[tokio::test]
async fn a_token_is_only_for_the_holder_of_the_key() {
    let shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let thief_key = satchel_wire::SigningKey::from_bytes(&[9; 32]);
    laptop.key = thief_key;

    assert_eq!(laptop.sign_in().await.unwrap_err().code, "pool.not-proven");
    laptop.token = "00".repeat(56);
    assert_eq!(laptop.get("/v1/feed").await.status(), 401);
}

#[tokio::test]
async fn only_an_administrator_invites_and_revokes() {
    let shop = Shop::open().await;
    let (boss, reporter) =
        (shop.hire(1, &[Role::Administrator]).await, shop.hire(2, &[Role::Reporter]).await);
    let ask = InviteAsk {
        name: "李四".into(),
        roles: vec![Role::Editor],
        person: None,
        valid_minutes: None,
        url: None,
    };

    let refused = read::<Invitation>(reporter.post("/v1/invite", &ask).await).await.unwrap_err();
    let invitation: Invitation = read(boss.post("/v1/invite", &ask).await).await.unwrap();
    let revoke = RevokeAsk { device: reporter.device, reason: "stolen".into() };

    assert_eq!(refused.code, "pool.not-allowed");
    assert_eq!(invitation.pool, shop.server().url());
    assert!(Laptop::new(3, &invitation).enrol(&invitation).await.is_ok());
    assert_eq!(reporter.post("/v1/revoke", &revoke).await.status(), 403);
    assert_eq!(boss.post("/v1/revoke", &revoke).await.status(), 204);
    assert_eq!(reporter.get("/v1/feed").await.status(), 403);
}

#[tokio::test]
async fn hello_is_signed_by_the_pinned_pool() {
    let shop = Shop::open().await;
    let invitation = shop.invite("张三", &[Role::Reporter]).await;
    let laptop = Laptop::join(1, &invitation).await;

    let hello = laptop.hello().await;

    assert!(hello.is_proven("cafe", &key_from_hex(&invitation.pool_key).unwrap()));
    assert_eq!((hello.epoch, hello.mine), (1, vec![]));
}
