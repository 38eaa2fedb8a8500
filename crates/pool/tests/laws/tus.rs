//! The side door for phones and outside tools, asked with raw requests.

use reqwest::{Method, Response};
use satchel_terms::{Hash, Role};
use satchel_wire::to_base64;

use crate::laptop::{Laptop, header};
use crate::shop::Shop;
use crate::store;

fn material(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&length.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

async fn ask(laptop: &Laptop, method: Method, path: &str, say: &[(&str, String)], body: Vec<u8>) -> Response {
    let mut request = laptop
        .http
        .request(method, format!("{}{path}", laptop.url))
        .bearer_auth(&laptop.token)
        .header("tus-resumable", "1.0.0");
    for (name, value) in say {
        request = request.header(*name, value);
    }
    request.body(body).send().await.unwrap()
}

fn octets(offset: usize) -> Vec<(&'static str, String)> {
    vec![("content-type", "application/offset+octet-stream".into()), ("upload-offset", offset.to_string())]
}

async fn create(laptop: &Laptop, say: &[(&str, String)]) -> String {
    let made = ask(laptop, Method::POST, "/tus", say, Vec::new()).await;
    assert_eq!(made.status(), 201);
    header(&made, "location")
}

async fn offset(laptop: &Laptop, place: &str) -> u64 {
    header(&ask(laptop, Method::HEAD, place, &[], Vec::new()).await, "upload-offset")
}

async fn is_held(laptop: &Laptop, bytes: &[u8]) {
    let root = Hash(*blake3::hash(bytes).as_bytes());
    let down = laptop.get(&format!("/v1/blobs/{root}")).await;
    assert_eq!(down.status(), 200);
    assert!(down.bytes().await.unwrap() == bytes, "what comes down is what went up");
}

#[tokio::test]
async fn an_upload_in_pieces_goes_on_after_a_restart_and_ends_as_a_verified_blob() {
    let mut shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let file = material(700_001);
    let options = laptop.http.request(Method::OPTIONS, format!("{}/tus", laptop.url)).send().await.unwrap();
    assert_eq!(header::<String>(&options, "tus-version"), "1.0.0");
    let say =
        [("upload-length", file.len().to_string()), ("upload-metadata", "filename bGV2ZWwuanBn".into())];
    let place = create(&laptop, &say).await;

    let first = ask(&laptop, Method::PATCH, &place, &octets(0), file[..300_000].to_vec()).await;
    assert_eq!((first.status().as_u16(), header::<u64>(&first, "upload-offset")), (204, 300_000));
    assert!(first.headers().contains_key("upload-expires"));
    shop.restart(&mut [&mut laptop]).await;
    assert_eq!(offset(&laptop, &place).await, 300_000);
    let wrong = ask(&laptop, Method::PATCH, &place, &octets(299_999), vec![0; 10]).await;
    assert_eq!(wrong.status(), 409, "the offset has to be the one that is held");
    let last = ask(&laptop, Method::PATCH, &place, &octets(300_000), file[300_000..].to_vec()).await;

    let root = blake3::hash(&file).to_hex().to_string();
    assert_eq!((last.status().as_u16(), header::<String>(&last, "satchel-blob")), (204, root.clone()));
    is_held(&laptop, &file).await;
    let look = ask(&laptop, Method::HEAD, &place, &[], Vec::new()).await;
    assert_eq!(header::<String>(&look, "satchel-blob"), root);
    assert_eq!(header::<String>(&look, "upload-metadata"), "filename bGV2ZWwuanBn");
    assert_eq!(header::<u64>(&look, "upload-offset"), file.len() as u64);
}

#[tokio::test]
async fn a_wrong_checksum_keeps_nothing_and_a_right_one_counts() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let file = material(5_000);
    let place = create(&laptop, &[("upload-length", "5000".into())]).await;
    let with = |sum: String| [octets(0), vec![("upload-checksum", sum)]].concat();
    let right = to_base64(blake3::hash(&file).as_bytes());

    let wrong = format!("sha1 {}", to_base64(&[0; 20]));
    assert_eq!(ask(&laptop, Method::PATCH, &place, &with(wrong), file.clone()).await.status(), 460);
    assert_eq!(offset(&laptop, &place).await, 0);
    let unknown = format!("crc32 {right}");
    assert_eq!(ask(&laptop, Method::PATCH, &place, &with(unknown), file.clone()).await.status(), 400);
    let counts = ask(&laptop, Method::PATCH, &place, &with(format!("blake3 {right}")), file.clone()).await;

    assert_eq!(counts.status(), 204);
    is_held(&laptop, &file).await;
}

#[tokio::test]
async fn parts_that_went_up_side_by_side_become_one_file() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let file = material(900_000);
    let mut places = Vec::new();
    for part in file.chunks(400_000) {
        let say = [("upload-length", part.len().to_string()), ("upload-concat", "partial".into())];
        let place = create(&laptop, &say).await;
        if places.is_empty() {
            let early = [("upload-concat", format!("final;{place}"))];
            assert_eq!(ask(&laptop, Method::POST, "/tus", &early, Vec::new()).await.status(), 409);
        }
        assert_eq!(ask(&laptop, Method::PATCH, &place, &octets(0), part.to_vec()).await.status(), 204);
        places.push(format!("{}{place}", laptop.url));
    }

    let say = [("upload-concat", format!("final;{}", places.join(" ")))];
    let whole = ask(&laptop, Method::POST, "/tus", &say, Vec::new()).await;

    assert_eq!(whole.status(), 201);
    assert_eq!(header::<String>(&whole, "satchel-blob"), blake3::hash(&file).to_hex().to_string());
    is_held(&laptop, &file).await;
    for part in &places {
        let part = part.strip_prefix(&laptop.url).unwrap();
        assert_eq!(
            ask(&laptop, Method::HEAD, part, &[], Vec::new()).await.status(),
            404,
            "the parts are gone"
        );
    }
    if store::HAS_A_DISK {
        let left = std::fs::read_dir(shop.data().join("tus")).unwrap().count();
        assert_eq!(left, 1, "the parts are gone, what is known of the whole stays");
    }
}

#[tokio::test]
async fn an_upload_can_be_called_off_and_an_empty_one_is_a_file() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let place = create(&laptop, &[("upload-length", "5000".into())]).await;
    let over = [octets(0), vec![("x-http-method-override", "PATCH".to_owned())]].concat();
    assert_eq!(ask(&laptop, Method::POST, &place, &over, vec![1; 100]).await.status(), 204);

    assert_eq!(ask(&laptop, Method::DELETE, &place, &[], Vec::new()).await.status(), 204);
    assert_eq!(ask(&laptop, Method::HEAD, &place, &[], Vec::new()).await.status(), 404);

    let empty = ask(&laptop, Method::POST, "/tus", &[("upload-length", "0".into())], Vec::new()).await;
    assert_eq!(header::<String>(&empty, "satchel-blob"), blake3::hash(b"").to_hex().to_string());
    let at_once = [octets(0), vec![("upload-length", "9".to_owned())]].concat();
    let at_once = ask(&laptop, Method::POST, "/tus", &at_once, b"nine byte".to_vec()).await;
    assert_eq!((at_once.status().as_u16(), header::<u64>(&at_once, "upload-offset")), (201, 9));
    is_held(&laptop, b"nine byte").await;
}

#[tokio::test]
async fn nobody_sees_anothers_upload_and_nothing_goes_without_a_token() {
    let shop = Shop::open().await;
    let (anna, bo) = (shop.hire(1, &[Role::Reporter]).await, shop.hire(2, &[Role::Reporter]).await);
    let place = create(&anna, &[("upload-length", "5000".into())]).await;

    assert_eq!(ask(&bo, Method::HEAD, &place, &[], Vec::new()).await.status(), 404);
    assert_eq!(ask(&bo, Method::PATCH, &place, &octets(0), vec![1; 10]).await.status(), 404);
    assert_eq!(ask(&bo, Method::DELETE, &place, &[], Vec::new()).await.status(), 404);
    assert_eq!(ask(&anna, Method::HEAD, "/tus/..%2F..%2Fpool", &[], Vec::new()).await.status(), 404);
    let nobody = anna.http.post(format!("{}/tus", anna.url)).header("tus-resumable", "1.0.0");
    assert_eq!(nobody.header("upload-length", "5").send().await.unwrap().status(), 401);
    let other = anna.http.post(format!("{}/tus", anna.url)).bearer_auth(&anna.token).send().await.unwrap();
    assert_eq!(other.status(), 412, "the version of the protocol is missing");
    let more = ask(&anna, Method::PATCH, &place, &octets(0), vec![1; 5_001]).await;
    assert_eq!(more.status(), 413);
    let kind = [("upload-offset", "0".to_owned())];
    assert_eq!(ask(&anna, Method::PATCH, &place, &kind, vec![1; 10]).await.status(), 415);
    let huge = [("upload-length", (1_u64 << 40).to_string())];
    assert_eq!(ask(&anna, Method::POST, "/tus", &huge, Vec::new()).await.status(), 413);
}

#[tokio::test]
async fn an_upload_may_begin_before_anybody_knows_how_long_it_will_be() {
    let mut shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let file = material(700_001);
    assert_eq!(ask(&laptop, Method::POST, "/tus", &[], Vec::new()).await.status(), 400);
    let place = create(&laptop, &[("upload-defer-length", "1".into())]).await;
    let first = ask(&laptop, Method::PATCH, &place, &octets(0), file[..500_000].to_vec()).await;
    assert_eq!(header::<u8>(&first, "upload-defer-length"), 1);
    assert!(!first.headers().contains_key("upload-length") && !first.headers().contains_key("satchel-blob"));
    shop.restart(&mut [&mut laptop]).await;

    let with = |length: usize| [octets(500_000), vec![("upload-length", length.to_string())]].concat();
    let rest = file[500_000..].to_vec();
    assert_eq!(ask(&laptop, Method::PATCH, &place, &with(499_999), rest.clone()).await.status(), 400);
    let last = ask(&laptop, Method::PATCH, &place, &with(file.len()), rest).await;

    assert_eq!(header::<u64>(&last, "upload-length"), file.len() as u64);
    is_held(&laptop, &file).await;
}

#[tokio::test]
async fn a_page_may_upload_only_from_an_origin_that_the_settings_name() {
    let mut shop = Shop::open().await;
    shop.server.take().unwrap().stop().await;
    shop.web_origins = vec!["https://intranet.example".into()];
    shop.start().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let asks = |origin: &str, path: &str| {
        let asked = laptop.http.request(Method::OPTIONS, format!("{}{path}", laptop.url));
        asked.header("origin", origin).header("access-control-request-method", "PATCH").send()
    };
    let (named, other) = ("https://intranet.example", "https://elsewhere.example");

    let may = asks(named, "/tus/00000000000000000000000000000000").await.unwrap();
    assert_eq!(may.status(), 204);
    assert_eq!(header::<String>(&may, "access-control-allow-origin"), named);
    assert!(header::<String>(&may, "access-control-allow-methods").contains("PATCH"));
    assert!(header::<String>(&may, "access-control-allow-headers").contains("authorization"));
    for (origin, path) in [(other, "/tus"), (named, "/v1/feed"), ("null", "/tus")] {
        let refused = asks(origin, path).await.unwrap();
        assert!(!refused.headers().contains_key("access-control-allow-origin"), "{origin} {path}");
    }
    let made = ask(&laptop, Method::POST, "/tus", &[("upload-length", "5".into())], Vec::new()).await;
    assert!(!made.headers().contains_key("access-control-allow-origin"), "nobody asked from a page");
    let say = [("upload-length", "5".to_owned()), ("origin", named.to_owned())];
    let made = ask(&laptop, Method::POST, "/tus", &say, Vec::new()).await;
    assert_eq!(made.status(), 201);
    assert!(header::<String>(&made, "access-control-expose-headers").contains("location"));
    let stranger = laptop.http.post(format!("{}/tus", laptop.url)).header("origin", named);
    let stranger = stranger.header("tus-resumable", "1.0.0").send().await.unwrap();
    assert_eq!(stranger.status(), 401, "an origin is no token");
    assert_eq!(header::<String>(&stranger, "access-control-allow-origin"), named, "the page may read why");
}
