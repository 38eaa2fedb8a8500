//! One story, from the village to the public.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::centre::{Centre, Laptop};

/// A photo and a video with sound, made on the spot.
fn material(dir: &Path) {
    std::fs::create_dir_all(dir).unwrap();
    let make = |args: &[&str]| {
        let done = Command::new("ffmpeg").args(["-hide_banner", "-v", "error"]).args(args).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let photo = dir.join("站长.jpg");
    make(&[
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=1600x1200:rate=1",
        "-frames:v",
        "1",
        &photo.display().to_string(),
    ]);
    let video = dir.join("分拣.mp4");
    make(&[
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=640x360:rate=25:duration=6",
        "-f",
        "lavfi",
        "-i",
        "sine=frequency=440:duration=6",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        "-shortest",
        &video.display().to_string(),
    ]);
}

/// Writes, illustrates, cuts and files a story; answers its id.
pub fn file_a_story(reporter: &Laptop, dir: &Path) -> String {
    let story = text(&reporter.ok(&["new", "最后三公里，背着快递上山"])["story"]);
    material(dir);
    let report = reporter.ok(&["import", &dir.display().to_string(), "--story", &story]);
    assert_eq!(report["taken"], 2, "{report}");
    let clips = reporter.ok(&["clips", "--story", &story]);
    let of = |kind: &str| {
        let found =
            clips.as_array().unwrap().iter().find(|clip| clip["kind"] == kind && clip["isCut"] == false);
        text(&found.unwrap_or_else(|| panic!("no {kind} in {clips}"))["clip"])
    };
    let (photo, video) = (of("picture"), of("video"));
    reporter.ok(&[
        "write",
        &story,
        "--deck",
        "山路不通车，快递员一天三趟背上山。",
        "--dateline",
        "本报讯",
        "--paragraph",
        "凌晨五点，雾还没散，快递站的灯已经亮了。三百一十二件包裹要赶在中午前送到山上的九个村民组。",
        "--paragraph",
        "“路通了，老人也坐得住了。”站长一边分拣一边说。今年以来，全县新建村级快递服务点一百零六个。",
    ]);
    reporter.ok(&["figure", &story, &photo, "--caption", "快递员把包裹背上山。", "--credit", "本报记者"]);
    let cut = reporter.ok(&[
        "cut",
        &story,
        "--name",
        "成片",
        "--segment",
        &format!("{video}:500-2500"),
        "--segment",
        &format!("{video}:3000-4000"),
    ]);
    reporter.ok(&["render", &text(&cut["cut"])]);
    let clips = reporter.ok(&["clips", "--story", &story]);
    let rendered =
        clips.as_array().unwrap().iter().find(|clip| clip["isCut"] == true).expect("the rendered cut");
    let length = rendered["durationMs"].as_i64().unwrap();
    assert!((2_900..=3_200).contains(&length), "two segments of 3 s together: {length} ms");
    let rendered = text(&rendered["clip"]);
    reporter.ok(&["figure", &story, &rendered, "--caption", "分拣现场", "--credit", "本报记者"]);
    let card = reporter.ok(&["file", &story]);
    assert_eq!(card["state"], "awaiting-first", "{card}");
    story
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text expected, got {value}")).to_owned()
}

#[test]
fn one_story_goes_from_the_village_to_the_public() {
    let mut centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("记者", &["reporter"]);
    let editor = centre.person("编辑", &["editor", "operator"]);
    let head = centre.person("主任", &["head"]);
    let chief = centre.person("总编", &["chief"]);
    editor.sync();
    let site = centre.dir.path().join("site");
    std::fs::create_dir_all(&site).unwrap();
    let channel = editor.ok(&[
        "channel",
        "网站",
        "--kind",
        "folder",
        "--url",
        &site.display().to_string(),
        "--public-url",
        "https://www.example.cn/news",
    ]);
    let channel = text(&channel["channel"]);
    editor.sync();

    centre.switch_off();
    let story = file_a_story(&reporter, &centre.dir.path().join("card"));
    assert_eq!(
        reporter.ok(&["stories"])[0]["whereabouts"]["at"],
        "waiting",
        "offline, a filed story waits in the outbox"
    );

    centre.switch_on();
    reporter.sync();
    assert_eq!(reporter.ok(&["stories"])[0]["whereabouts"]["at"], "pooled");

    editor.sync();
    editor.ok(&["claim", &story]);
    editor.ok(&["comment", &story, "--quote", "三百一十二件", "核实数字"]);
    editor.ok(&["return", &story, "--code", "fact", "--note", "数字请核实"]);
    editor.sync();
    reporter.sync();
    let card = &reporter.ok(&["stories"])[0];
    assert_eq!(card["state"], "draft");
    assert_eq!(card["returned"]["reasons"][0]["note"], "数字请核实");
    reporter.ok(&["comment", &story, "--kind", "question", "已核实，是三百一十二件。"]);
    reporter.ok(&["write", &story, "--paragraph", "县邮政局提供的数字是三百一十二件。"]);
    reporter.ok(&["file", &story]);
    reporter.sync();

    for reviewer in [&editor, &head, &chief] {
        reviewer.sync();
        reviewer.ok(&["claim", &story]);
        reviewer.ok(&["pass", &story]);
        reviewer.sync();
    }
    editor.sync();
    let review = editor.ok(&["review", &story]);
    let signatures = review["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 3, "{review}");
    assert!(
        signatures.iter().all(|one| one["holds"] == true && one["verdict"] == "accepted"),
        "{signatures:?}"
    );

    let findings = editor.ok(&["rehearse", &story, &channel]);
    assert!(findings.as_array().unwrap().iter().all(|one| one["severity"] != "must"), "{findings}");
    editor.ok(&["release", &story, &channel]);
    editor.sync();
    let delivery = &editor.ok(&["push-list"])[0]["deliveries"][0];
    assert_eq!(delivery["state"], "released", "{delivery}");
    assert_eq!(editor.refused(&["release", &story, &channel]), "push.already-out");
    let page = std::fs::read_dir(&site).unwrap().count();
    assert!(page > 0, "the package lies in the site's folder");

    reporter.sync();
    let card = &reporter.ok(&["stories"])[0];
    assert_eq!(card["state"], "published", "{card}");
    assert_eq!(card["links"][0]["channel"], "网站");
}
