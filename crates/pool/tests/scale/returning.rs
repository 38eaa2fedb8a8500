//! A database that was put back to an older day: laptops that it no longer knows come back by their certificates.

use satchel_pool::{Pool, Settings};
use satchel_terms::Role;
use satchel_wire::protocol::RevokeAsk;
use satchel_wire::{Codec, Kind};

use crate::laptop::{Laptop, id};
use crate::shop::Shop;
use crate::store;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_forgot_laptops_takes_back_those_that_were_not_revoked() {
    let mut shop = Shop::open().await;
    let (mut late, lost) = (shop.hire(3, &[Role::Editor]).await, shop.hire(4, &[Role::Chief]).await);
    let (for_late, for_lost) = (late.certificate().await, lost.certificate().await);
    shop.server.take().unwrap().stop().await;
    for table in ["device", "person", "invitation"] {
        store::sql(&shop.data(), &format!("DELETE FROM {table}"));
    }
    shop.start().await;
    late.url = shop.server().url();
    let refused = late.sign_in_showing(&for_late).await.unwrap_err();
    assert_eq!(refused.code, "pool.unknown-device", "a pool that was not restored has forgotten nobody");
    shop.server.take().unwrap().stop().await;
    let settings =
        Settings { data: shop.data(), storage: store::storage(&shop.data()), ..Settings::default() };
    assert_eq!(Pool::new_epoch(&settings).await.unwrap(), 2);
    shop.start().await;
    let other = shop.another().await;
    let ask = RevokeAsk { device: lost.device, reason: "lost".into() };
    other.pool.revoke(&ask).await.unwrap();

    let lost = Laptop { url: shop.server().url(), ..lost };
    assert_eq!(lost.sign_in_showing(&for_lost).await.unwrap_err().code, "pool.device-revoked");
    late.url = shop.server().url();
    let beside = Laptop {
        url: other.url(),
        key: late.key.clone(),
        token: String::new(),
        http: late.http.clone(),
        ..late
    };
    let (one, two) = tokio::join!(late.sign_in_showing(&for_late), beside.sign_in_showing(&for_late));
    late.token = one.unwrap().token;
    two.unwrap();
    let note = late.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![1]);
    assert_eq!(late.push(&[note]).await.heads[0].seq, 1);
    let about = late.feed(0).await.into_iter().filter(|record| record.header().subject == late.device.0);
    assert_eq!(about.count(), 2, "the old certificate and one new one, though it asked at both");
    assert_eq!(shop.server().pool.keep().people().await.unwrap().len(), 1);
    other.stop().await;
}
