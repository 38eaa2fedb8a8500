//! A laptop whose library was restored or copied goes on under a new key.

use satchel_terms::Role;
use satchel_wire::body::{Certificate, Rotate};
use satchel_wire::protocol::{Enrolled, Problem, RevokeAsk};
use satchel_wire::{Codec, Kind, Record, RotateAsk, SigningKey, from_base64, key_from_hex};

use crate::laptop::{Laptop, id, read};
use crate::shop::Shop;

async fn rotate(of: &Laptop, ask: &RotateAsk) -> Result<Certificate, Problem> {
    let enrolled: Enrolled = read(of.post("/v1/rotate", ask).await).await?;
    let record = Record::parse(from_base64(&enrolled.certificate).unwrap()).unwrap();
    record.verify(&key_from_hex(&enrolled.pool_key).unwrap()).expect("the pool signs its certificates");
    Ok(record.json().unwrap())
}

fn wish(of: &Laptop, new: &SigningKey) -> RotateAsk {
    RotateAsk::sign(of.newsroom, &of.key, new, "the copy", "fork")
}

#[tokio::test]
async fn a_laptop_goes_on_under_a_new_key_as_the_same_person_and_the_old_one_stays() {
    let shop = Shop::open().await;
    let invitation = shop.invite("张三", &[Role::Reporter]).await;
    let mut old = Laptop::join(1, &invitation).await;
    let mut new = Laptop::new(9, &invitation);

    let certificate = rotate(&old, &wish(&old, &new.key)).await.unwrap();
    let again = rotate(&old, &wish(&old, &new.key)).await.unwrap();

    assert_eq!(again, certificate, "a lost answer is no lost name");
    assert_eq!((certificate.device, certificate.person), (new.device, old.person));
    assert_eq!(certificate.roles, vec![Role::Reporter]);
    new.sign_in().await.unwrap();
    let said = new.seal(Kind::FIELD_SET, id(5), Codec::Raw, b"under the new name".to_vec());
    assert_eq!(new.push(&[said]).await.rejected, vec![]);
    let other = old.seal(Kind::FIELD_SET, id(5), Codec::Raw, b"under the old one".to_vec());
    assert_eq!(old.push(&[other]).await.rejected, vec![]);
    let noted = old.feed(0).await;
    let notes = noted.iter().filter(|record| record.header().kind == Kind::DEVICE_ROTATE);
    let notes: Vec<Rotate> = notes.map(|record| record.json().unwrap()).collect();
    assert_eq!(notes, vec![Rotate { from: old.device, to: new.device, why: "fork".into() }]);
}

#[tokio::test]
async fn a_revoked_laptop_gets_no_successor() {
    let shop = Shop::open().await;
    let old = shop.hire(1, &[Role::Reporter]).await;
    let new = SigningKey::from_bytes(&[9; 32]);
    let ask = RevokeAsk { device: old.device, reason: "lost".into() };
    shop.server().pool.revoke(&ask).await.unwrap();
    let before = shop.server().pool.keep().head().await.unwrap();

    let refused = rotate(&old, &wish(&old, &new)).await.unwrap_err();

    assert_eq!(refused.code, "pool.device-revoked");
    assert_eq!(shop.server().pool.keep().head().await.unwrap(), before, "nothing was written");
}

#[tokio::test]
async fn a_successor_is_vouched_for_only_when_both_keys_signed_for_it() {
    let shop = Shop::open().await;
    let (old, other) = (shop.hire(1, &[Role::Reporter]).await, shop.hire(2, &[Role::Administrator]).await);
    let (new, thief) = (SigningKey::from_bytes(&[9; 32]), SigningKey::from_bytes(&[8; 32]));
    let honest = wish(&old, &new);
    let with_another_key = RotateAsk { public_key: wish(&old, &thief).public_key, ..honest.clone() };
    let for_another = RotateAsk { from: other.device, ..honest.clone() };
    let by_one_key = RotateAsk { new_signature: honest.old_signature.clone(), ..honest.clone() };
    let elsewhere = RotateAsk::sign(satchel_terms::NewsroomId([7; 16]), &old.key, &new, "", "fork");
    let onto_itself = wish(&old, &old.key);
    let onto_another = wish(&old, &other.key);

    for (ask, code) in [
        (with_another_key, "pool.not-proven"),
        (for_another, "pool.not-proven"),
        (by_one_key, "pool.not-proven"),
        (elsewhere, "pool.not-proven"),
        (onto_itself, "pool.not-proven"),
        (onto_another, "pool.device-taken"),
    ] {
        assert_eq!(rotate(&old, &ask).await.unwrap_err().code, code, "{ask:?}");
    }
    let stranger = Laptop { key: thief, ..Laptop::new(8, &shop.invite("x", &[Role::Reporter]).await) };
    assert_eq!(rotate(&stranger, &wish(&stranger, &new)).await.unwrap_err().code, "pool.unknown-device");
    assert!(rotate(&old, &honest).await.is_ok());
}

#[tokio::test]
async fn no_laptop_may_say_that_another_goes_on_under_its_key() {
    let shop = Shop::open().await;
    let (mut laptop, other) =
        (shop.hire(1, &[Role::Administrator]).await, shop.hire(2, &[Role::Chief]).await);
    let note = Rotate { from: other.device, to: laptop.device, why: "fork".into() };

    let record = laptop.say(Kind::DEVICE_ROTATE, laptop.device.0, &note);
    let verdict = laptop.ask(record).await;

    assert!(!verdict.accepted, "{verdict:?}");
}
