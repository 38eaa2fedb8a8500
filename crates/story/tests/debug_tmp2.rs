#![allow(missing_docs)]
#[path = "common/desk.rs"]
mod desk;
use desk::*;
#[test]
fn out() {
    let mut all = vec![];
    let mut dice = Dice::new(99);
    for n in 0..300u64 {
        let mut peers: Vec<Peer> = (0..3).map(|i| Peer::new(1000 * (n + 1) + i)).collect();
        let mut log: Vec<Vec<u8>> = vec![];
        peers[0].seed(&mut dice); log.push(peers[0].document.state());
        for _ in 0..25 { let w = dice.below(3); if dice.below(6) == 0 { for u in &log { peers[w].take(u); } } else { let a = dice.below(10) as u8; let v = dice.next() as u16; let u = random_act(&mut peers[w], a, v, &mut dice); log.push(u); } }
        let mut d = satchel_story::Document::new(); for u in &log { d.apply(u).unwrap(); }
        let r = d.revision();
        all.push(serde_json::json!({"updates": log.iter().map(|u| u.iter().map(|b| format!("{b:02x}")).collect::<String>()).collect::<Vec<_>>(), "canonical": String::from_utf8(r.canonical).unwrap(), "rev": r.hash.to_string()}));
    }
    std::fs::write("/tmp/yjsgold/rust.json", serde_json::to_string(&all).unwrap()).unwrap();
}
