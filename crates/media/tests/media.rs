//! Laws of what is made of a clip. FFmpeg is needed; its own sources make the material.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use image::{GenericImageView, Rgb, RgbImage};
use satchel_failure::Explain;
use satchel_jobs::Gauge;
use satchel_media::{
    Look, MediaError, RenderJob, RenderSegment, Showable, StillOut, Tools, driver, made_with,
    make_clip_stills, make_proxy, make_stills, probe, render, sweep_parts,
};
use satchel_terms::ClipKind;

async fn tools() -> Tools {
    Tools::find(None).await.expect("ffmpeg and ffprobe on the PATH")
}

/// Makes a video with the frame number as brightness steps, and a tone when `sound`.
async fn clip(tools: &Tools, path: &Path, seconds: u32, size: &str, rate: &str, sound: bool) {
    let mut args = vec!["-hide_banner".to_owned(), "-nostdin".into(), "-v".into(), "error".into()];
    let source = format!("testsrc2=size={size}:rate={rate}:duration={seconds}");
    args.extend(["-f", "lavfi", "-i", &source].map(String::from));
    let tone = format!("sine=frequency=440:sample_rate=44100:duration={seconds}");
    if sound {
        args.extend(["-f", "lavfi", "-i", &tone].map(String::from));
    }
    args.extend(
        ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-y"]
            .map(String::from),
    );
    let mut args: Vec<_> = args.into_iter().map(std::ffi::OsString::from).collect();
    args.push(path.into());
    driver::ask(&tools.ffmpeg, &args, Duration::from_secs(60), 0).await.expect("material");
}

/// What ffprobe says about streams, as text.
async fn streams(tools: &Tools, path: &Path, what: &str) -> String {
    let mut args: Vec<std::ffi::OsString> =
        ["-v", "error", "-count_packets", "-show_entries", what, "-of", "csv=p=0"].map(Into::into).into();
    args.push(path.into());
    let answer = driver::ask(&tools.ffprobe, &args, Duration::from_secs(60), 1 << 20).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn piece(path: &Path, start_us: u64, length_us: u64, has_audio: bool) -> RenderSegment {
    RenderSegment { path: path.to_path_buf(), start_us, length_us, has_audio, look: Look::Plain }
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn samples(folder: &str) -> Vec<PathBuf> {
    let place = std::env::var_os("SATCHEL_SAMPLES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(place.join(folder)) else {
        println!("left out: no samples of real cameras in {folder}");
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn the_tools_are_found_and_their_encoder_really_works() {
    let tools = tools().await;

    assert!(tools.version.starts_with(|letter: char| letter.is_ascii_alphanumeric()), "{}", tools.version);
    tools.self_test().await.unwrap();
    let missing = Tools::find(Some(Path::new("no-such-folder/ffmpeg"))).await.unwrap_err();
    assert_eq!(missing.code(), "media.tool-missing");
}

#[tokio::test]
async fn the_facts_of_a_video_and_a_sound_are_right() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let video = dir.path().join("村口 – 'x' %03d.mp4");
    clip(&tools, &video, 3, "640x360", "30000/1001", true).await;

    let facts = probe(&tools, &video).await.unwrap();

    assert_eq!((facts.kind, facts.mime.as_str()), (ClipKind::Video, "video/mp4"));
    assert_eq!((facts.width, facts.height, facts.rotation), (Some(640), Some(360), 0));
    assert_eq!(facts.rate, Some((30_000, 1_001)));
    assert!(facts.has_audio && !facts.hdr && !facts.place_known);
    assert_eq!(facts.codec.as_deref(), Some("h264"));
    assert!((2_950..=3_100).contains(&facts.duration_ms.unwrap()), "{facts:?}");
}

#[tokio::test]
async fn what_is_no_medium_is_other_and_an_empty_file_is_refused() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    std::fs::write(dir.path().join("a.txt"), "笔记").unwrap();
    std::fs::write(dir.path().join("b.jpg"), b"").unwrap();
    std::fs::write(dir.path().join("c.mp4"), b"\0\0\0\x18ftypisom and then nothing").unwrap();

    let other = probe(&tools, &dir.path().join("a.txt")).await.unwrap();

    assert_eq!(other.kind, ClipKind::Other);
    assert_eq!(probe(&tools, &dir.path().join("b.jpg")).await.unwrap_err().code(), "media.empty");
    assert_eq!(probe(&tools, &dir.path().join("c.mp4")).await.unwrap_err().code(), "media.unreadable");
    assert_eq!(probe(&tools, &dir.path().join("none")).await.unwrap_err().code(), "media.missing");
}

/// A one-bit PNG of any size, made of rows that compress to nothing.
fn huge_png(path: &Path, edge: u32) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    file.write_all(b"\x89PNG\r\n\x1a\n").unwrap();
    let mut chunk = |name: &[u8], body: &[u8]| {
        let mut crc = 0xffff_ffff_u32;
        for byte in name.iter().chain(body) {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        file.write_all(&u32::try_from(body.len()).unwrap().to_be_bytes()).unwrap();
        file.write_all(name).unwrap();
        file.write_all(body).unwrap();
        file.write_all(&(!crc).to_be_bytes()).unwrap();
    };
    let mut header = [edge.to_be_bytes(), edge.to_be_bytes()].concat();
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    chunk(b"IHDR", &header);
    chunk(b"IDAT", b"\x78\x9c\x03\0\0\0\0\x01");
    chunk(b"IEND", b"");
}

#[tokio::test]
async fn a_picture_of_nine_hundred_megapixels_has_facts_but_is_not_opened() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let path = dir.path().join("huge.png");
    huge_png(&path, 30_000);
    let out = StillOut { edge: 256, path: dir.path().join("thumb.jpg") };

    let facts = probe(&tools, &path).await.unwrap();
    let refused = make_stills(&tools, &path, &[out]).await.unwrap_err();

    assert_eq!((facts.width, facts.height), (Some(30_000), Some(30_000)));
    assert_eq!(refused, MediaError::TooLarge { name: "huge.png".into(), megapixels: 900 });
    assert_eq!(names(dir.path()), ["huge.png"]);
}

#[tokio::test]
async fn a_thumbnail_is_small_and_see_through_parts_are_white() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let path = dir.path().join("a.png");
    image::RgbaImage::from_fn(900, 600, |x, _| image::Rgba([255, 0, 0, if x < 450 { 255 } else { 0 }]))
        .save(&path)
        .unwrap();
    let outs = [256, 640].map(|edge| StillOut { edge, path: dir.path().join(format!("{edge}.jpg")) });

    let shown = make_stills(&tools, &path, &outs).await.unwrap();

    assert_eq!(shown, Showable::Made { width: 900, height: 600 });
    let small = image::open(&outs[0].path).unwrap().to_rgb8();
    assert_eq!(small.dimensions(), (256, 171));
    assert!(small.get_pixel(200, 80).0.iter().all(|value| *value > 240), "white where nothing was");
    assert_eq!(image::open(&outs[1].path).unwrap().width(), 640);
}

#[tokio::test]
async fn a_truncated_picture_neither_panics_nor_leaves_a_half_thumbnail() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let whole = dir.path().join("whole.jpg");
    RgbImage::from_fn(800, 600, |x, y| Rgb([x as u8, y as u8, (x * y) as u8])).save(&whole).unwrap();
    let bytes = std::fs::read(&whole).unwrap();
    for share in [1, 2, 5, 9] {
        let path = dir.path().join("cut.jpg");
        std::fs::write(&path, &bytes[..bytes.len() * share / 10]).unwrap();
        let out = StillOut { edge: 256, path: dir.path().join("out").join("thumb.jpg") };

        let _ = probe(&tools, &path).await;
        let made = make_stills(&tools, &path, std::slice::from_ref(&out)).await;

        assert_eq!(made.is_ok(), out.path.exists(), "{share}/10: {made:?}");
        let _ = std::fs::remove_dir_all(out.path.parent().unwrap());
    }
}

#[tokio::test]
async fn broken_samples_end_in_time_with_an_answer() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    for path in samples("broken") {
        let clock = Instant::now();
        let out = StillOut { edge: 256, path: dir.path().join("thumb.jpg") };
        let facts = probe(&tools, &path).await;
        let made = make_stills(&tools, &path, &[out]).await;
        println!("{:?}: {:?}, {made:?}", path.file_name(), facts.map(|facts| (facts.kind, facts.width)));
        assert!(clock.elapsed() < Duration::from_secs(25), "{path:?}");
    }
}

#[tokio::test]
async fn all_sixteen_turns_of_a_picture_stand_upright() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    for shape in ["landscape", "portrait"] {
        let mut first: Option<RgbImage> = None;
        for turn in 1..=8 {
            let name = format!("{shape}_{turn}.jpg");
            let Some(path) = samples("photos").into_iter().find(|path| path.ends_with(&name)) else {
                return;
            };
            let facts = probe(&tools, &path).await.unwrap();
            let out = StillOut { edge: 128, path: dir.path().join(&name) };
            let shown = make_stills(&tools, &path, std::slice::from_ref(&out)).await.unwrap();

            let (Some(width), Some(height)) = (facts.width, facts.height) else { panic!("{facts:?}") };
            assert_eq!(shown, Showable::Made { width, height }, "the facts speak of the upright picture");
            let small = image::open(&out.path).unwrap().to_rgb8();
            let same = first.get_or_insert_with(|| small.clone());
            assert_eq!(small.dimensions(), same.dimensions(), "{name}");
            // Each picture has its own number in the middle, so they are alike, not equal.
            let apart = |other: &RgbImage| -> u64 {
                other.iter().zip(same.iter()).map(|(left, right)| u64::from(left.abs_diff(*right))).sum()
            };
            let wrong = [
                image::imageops::flip_horizontal(&small),
                image::imageops::flip_vertical(&small),
                image::imageops::rotate180(&small),
            ];
            let right = apart(&small);
            assert!(wrong.iter().all(|other| apart(other) > right * 2), "{name} is turned wrongly");
        }
    }
}

#[tokio::test]
async fn real_samples_have_facts() {
    let tools = tools().await;
    let mut by_name = std::collections::BTreeMap::new();
    for path in ["photos", "heic", "raw", "video", "captions"].into_iter().flat_map(samples) {
        let facts = probe(&tools, &path).await.unwrap_or_else(|error| panic!("{path:?}: {error}"));
        assert_ne!(facts.kind, ClipKind::Other, "{path:?}");
        by_name.insert(path.file_name().unwrap().to_string_lossy().into_owned(), facts);
    }
    if by_name.is_empty() {
        return;
    }
    for (name, facts) in &by_name {
        println!(
            "{name}: {:?}x{:?} turn {} {:?} ms at {:?} by {:?} place {}",
            facts.width,
            facts.height,
            facts.rotation,
            facts.duration_ms,
            facts.captured_at,
            facts.camera,
            facts.place_known
        );
    }
    assert_eq!(
        (by_name["meta.mp4"].width, by_name["meta.mp4"].height),
        (Some(1080), Some(1920)),
        "a phone held upright"
    );
    assert!(!by_name["empty_gps.jpg"].place_known, "an empty place is no place");
    assert_eq!(by_name["mka.mka"].kind, ClipKind::Audio);
    assert!(by_name["IMG_2682.heic"].width.is_some());
    assert_eq!(by_name["Canon_40D.jpg"].camera.as_deref(), Some("Canon EOS 40D"));
}

#[tokio::test]
async fn raw_and_heic_either_show_or_say_not_yet() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    for path in ["heic", "raw"].into_iter().flat_map(samples) {
        let out = StillOut { edge: 640, path: dir.path().join("x").with_extension("jpg") };
        let shown = make_stills(&tools, &path, std::slice::from_ref(&out)).await.unwrap();
        println!("{:?}: {shown:?}", path.file_name());
        assert_eq!(shown != Showable::NotYet, std::fs::remove_file(&out.path).is_ok());
    }
}

#[tokio::test]
async fn every_picture_that_a_browser_shows_gets_a_thumbnail() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    for path in ["photos", "captions"].into_iter().flat_map(samples) {
        let out = StillOut { edge: 256, path: dir.path().join("thumb.jpg") };
        let shown = make_stills(&tools, &path, std::slice::from_ref(&out)).await;
        assert!(matches!(shown, Ok(Showable::Made { .. })), "{path:?}: {shown:?}");
        let small = image::open(&out.path).unwrap();
        assert!(small.width().max(small.height()) <= 256);
    }
}

#[tokio::test]
async fn a_proxy_is_small_steps_cleanly_and_keeps_its_time() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let source = dir.path().join("in.mov");
    clip(&tools, &source, 4, "1280x720", "50", true).await;
    let facts = probe(&tools, &source).await.unwrap();
    let (out, gauge) = (dir.path().join("proxies/p.mp4"), Gauge::default());

    let proxy = make_proxy(&tools, &source, &facts, &out, &gauge).await.unwrap();

    assert_eq!((proxy.width, proxy.height), (Some(960), Some(540)));
    assert_eq!(probe(&tools, &out).await.unwrap().rate, Some((50, 1)), "the source's own rate");
    let said = streams(&tools, &out, "stream=profile,has_b_frames,nb_read_packets").await;
    assert!(said.contains("Constrained Baseline,0,200"), "{said}");
    let keys = streams(&tools, &out, "packet=flags").await;
    assert!(keys.lines().filter(|line| line.starts_with('K')).count() >= 8, "a key frame every half second");
    let bytes = std::fs::read(&out).unwrap();
    let at = |name: &[u8]| bytes.windows(4).position(|word| word == name).unwrap();
    assert!(at(b"moov") < at(b"mdat"), "the index is in front");
    assert_eq!((gauge.done(), names(&dir.path().join("proxies"))), (gauge.total(), vec!["p.mp4".to_owned()]));
}

#[tokio::test]
async fn a_phone_video_gives_upright_proxy_and_poster() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let Some(source) = samples("video").into_iter().find(|path| path.ends_with("meta.mp4")) else {
        return;
    };
    let facts = probe(&tools, &source).await.unwrap();
    let (out, poster) = (dir.path().join("p.mp4"), StillOut { edge: 640, path: dir.path().join("p.jpg") });

    let proxy = make_proxy(&tools, &source, &facts, &out, &Gauge::default()).await.unwrap();
    make_clip_stills(&tools, &source, &facts, std::slice::from_ref(&poster)).await.unwrap();

    assert_eq!((proxy.width, proxy.height), (Some(540), Some(960)));
    assert_eq!(image::open(&poster.path).unwrap().dimensions(), (360, 640));
}

#[tokio::test]
async fn a_source_that_breaks_off_is_told_though_ffmpeg_says_all_is_well() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let (whole, cut) = (dir.path().join("whole.mkv"), dir.path().join("cut.mkv"));
    clip(&tools, &whole, 10, "320x180", "25", false).await;
    let bytes = std::fs::read(&whole).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let facts = probe(&tools, &cut).await.unwrap();
    let out = dir.path().join("out").join("p.mp4");

    let proxy = make_proxy(&tools, &cut, &facts, &out, &Gauge::default()).await.unwrap_err();
    let job = RenderJob::new(vec![piece(&cut, 0, 9_000_000, false)], dir.path().join("out").join("r.mp4"));
    let rendered = render(&tools, &job, &Gauge::default()).await.unwrap_err();

    assert_eq!((proxy.code(), rendered.code()), ("media.source-short", "media.source-short"));
    assert!(names(&dir.path().join("out")).is_empty(), "nothing is left");
}

#[tokio::test]
async fn a_render_is_exact_to_the_frame_whatever_comes_in() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let paths = ["pal.mp4", "ntsc.mp4", "upright.mp4"].map(|name| dir.path().join(name));
    clip(&tools, &paths[0], 4, "640x360", "25", true).await;
    clip(&tools, &paths[1], 4, "640x480", "30000/1001", false).await;
    clip(&tools, &paths[2], 4, "360x640", "50", true).await;
    let still = dir.path().join("still.png");
    RgbImage::from_pixel(301, 199, Rgb([0, 200, 0])).save(&still).unwrap();
    let mut segments: Vec<_> = (0..12)
        .map(|index| piece(&paths[index % 3], 300_000 + index as u64 * 100_000, 1_500_000, index % 3 != 1))
        .collect();
    segments.push(RenderSegment { look: Look::Still, ..piece(&still, 0, 2_010_000, false) });
    segments.push(piece(&paths[0], 3_000_000, 1_000_000, true));
    let job = RenderJob::new(segments, dir.path().join("out.mp4"));
    let gauge = Gauge::default();

    let rendered = render(&tools, &job, &gauge).await.unwrap();

    assert_eq!(rendered.frames, 450 + 50 + 25, "18 s, 2.01 s and 1 s at 25 frames a second");
    let facts = probe(&tools, &job.out).await.unwrap();
    assert_eq!((facts.width, facts.height, facts.rate), (Some(1280), Some(720), Some((25, 1))));
    let said = streams(&tools, &job.out, "stream=codec_name,profile,sample_rate,channels,duration").await;
    assert!(said.contains("h264,High") && said.contains("aac,LC,48000,2"), "{said}");
    assert!(rendered.duration_ms.abs_diff(21_000) < 50, "{rendered:?}");
    assert_eq!(gauge.done(), gauge.total());
    assert!(!names(dir.path()).iter().any(|name| name.ends_with(".part")));
}

#[tokio::test]
async fn a_cut_of_two_hundred_pieces_is_rendered_and_one_of_more_is_refused_before_anything_is_read() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let film = dir.path().join("film.mp4");
    clip(&tools, &film, 2, "160x120", "25", true).await;
    let cut = |count| {
        let pieces = vec![piece(&film, 400_000, 80_000, true); count];
        RenderJob { size: (160, 120), ..RenderJob::new(pieces, dir.path().join(format!("{count}.mp4"))) }
    };

    let rendered = render(&tools, &cut(200), &Gauge::default()).await.unwrap();
    let refused = render(&tools, &cut(201), &Gauge::default()).await;

    assert_eq!(rendered.frames, 400);
    assert_eq!(refused, Err(MediaError::TooManySegments { count: 201 }));
}

#[tokio::test]
async fn the_same_sources_make_the_same_bytes_whatever_they_are_called_and_whenever() {
    let tools = tools().await;
    let dir = tempfile::tempdir().unwrap();
    let (film, moved) = (dir.path().join("film.mp4"), dir.path().join("same, elsewhere"));
    clip(&tools, &film, 6, "640x360", "30000/1001", true).await;
    std::fs::copy(&film, &moved).unwrap();
    let cut =
        |source: &Path| vec![piece(source, 1_200_000, 2_480_000, true), piece(source, 40_000, 999_000, true)];

    let mut made = Vec::new();
    for (source, name) in [(&film, "one.mp4"), (&moved, "two.mp4")] {
        let out = dir.path().join(name);
        render(&tools, &RenderJob::new(cut(source), out.clone()), &Gauge::default()).await.unwrap();
        made.push(std::fs::read(out).unwrap());
        tokio::time::sleep(Duration::from_millis(1_100)).await; // files of other seconds would differ
    }

    assert!(made[0] == made[1], "{} and {} bytes", made[0].len(), made[1].len());
    assert!(made_with(&tools).is_some_and(|with| with.contains("libx264")));
}

#[tokio::test]
async fn a_list_of_other_files_is_not_followed() {
    let tools = tools().await;
    let dir = tempfile::tempdir().unwrap();
    let film = dir.path().join("film.mp4");
    clip(&tools, &film, 2, "320x180", "25", true).await;
    let secret = film.display();
    let lists = [
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{secret}\n#EXT-X-ENDLIST\n"),
        format!("ffconcat version 1.0\nfile '{secret}'\n"),
    ];
    for list in lists {
        let bait = dir.path().join("bait.mp4");
        std::fs::write(&bait, &list).unwrap();
        let out = dir.path().join("out.mp4");

        let job = RenderJob::new(vec![piece(&bait, 0, 1_000_000, true)], out.clone());
        let refused = render(&tools, &job, &Gauge::default()).await;

        assert!(refused.is_err(), "{list}");
        assert!(!out.exists());
    }
}

#[tokio::test]
async fn a_stopped_render_leaves_nothing_and_ends_soon() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let source = dir.path().join("in.mp4");
    clip(&tools, &source, 10, "1280x720", "25", true).await;
    let out = dir.path().join("out");
    let job = RenderJob::new(vec![piece(&source, 0, 9_900_000, true); 20], out.join("r.mp4"));
    let gauge = Gauge::default();
    let stop = gauge.clone();
    let watcher = tokio::spawn(async move {
        while stop.done() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.ask_to_stop();
        Instant::now()
    });

    let outcome = render(&tools, &job, &gauge).await;

    let asked = watcher.await.unwrap();
    assert_eq!(outcome, Err(MediaError::Stopped));
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert!(names(&out).is_empty());
    assert_eq!(
        render(&tools, &job, &gauge).await,
        Err(MediaError::Stopped),
        "a stopped gauge starts nothing"
    );
}

#[tokio::test]
async fn a_render_without_anything_to_show_is_refused() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let out = dir.path().join("r.mp4");
    let refused =
        async |segments| render(&tools, &RenderJob::new(segments, out.clone()), &Gauge::default()).await;

    assert_eq!(refused(Vec::new()).await, Err(MediaError::NothingToRender));
    assert_eq!(refused(vec![piece(&out, 0, 1_000, false)]).await, Err(MediaError::NothingToRender));
    assert_eq!(
        refused(vec![piece(&out, 0, 1_000_000, false)]).await,
        Err(MediaError::Missing { name: "r.mp4".into() })
    );
}

#[tokio::test]
async fn parts_that_a_crash_left_are_swept() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.mp4.1-2-3.part"), b"half").unwrap();
    std::fs::write(dir.path().join("a.mp4"), b"whole").unwrap();

    assert_eq!(sweep_parts(dir.path()).unwrap(), 1);
    assert_eq!(names(dir.path()), ["a.mp4"]);
    assert_eq!(sweep_parts(&dir.path().join("none")).unwrap(), 0);
}
