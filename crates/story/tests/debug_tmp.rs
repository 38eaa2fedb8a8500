#[path = "common/desk.rs"]
mod desk;
use desk::Dice;
use satchel_story::Document;
#[test]
fn dbg() {
    let golden: Vec<serde_json::Value> = serde_json::from_str(&std::fs::read_to_string("tests/golden/yjs.json").unwrap()).unwrap();
    let mut bad_in_order = 0; let mut bad_shuffled = 0; let mut waiting = 0; let mut bad_nodup = 0; let mut first = None; let mut bad_notwaiting = 0;
    let mut dice = Dice::new(42);
    for (n, h) in golden.iter().enumerate() {
        let ups: Vec<Vec<u8>> = h["updates"].as_array().unwrap().iter().map(|u| { let u = u.as_str().unwrap(); (0..u.len()/2).map(|i| u8::from_str_radix(&u[2*i..2*i+2],16).unwrap()).collect() }).collect();
        let rev = h["rev"].as_str().unwrap();
        let run = |o: &[&Vec<u8>]| { let mut d = Document::new(); for u in o { d.apply(u).unwrap(); } (d.revision().hash.to_string() == rev, d.is_waiting()) };
        let order: Vec<&Vec<u8>> = ups.iter().collect();
        let (ok, w) = run(&order);
        if !ok { bad_in_order += 1; println!("in order bad {n} waiting {w} n={}", ups.len()); }
        for _ in 0..5 {
            let mut o = order.clone(); dice.shuffle(&mut o);
            let (ok, w) = run(&o); if !ok { bad_nodup += 1; if w { waiting += 1 } else { bad_notwaiting += 1 }
              if first.as_ref().is_none_or(|(_, l)| *l > o.len()) { first = Some((n, o.len())); } }
            let mut o: Vec<_> = ups.iter().chain(ups.iter().step_by(3)).collect(); dice.shuffle(&mut o);
            let (ok, _) = run(&o); if !ok { bad_shuffled += 1; }
        }
    }
    println!("in order {bad_in_order} shuffled nodup {bad_nodup} (waiting {waiting}, not {bad_notwaiting}) dup {bad_shuffled} smallest {first:?}");
}
#[test]
fn two() {
    let golden: Vec<serde_json::Value> = serde_json::from_str(&std::fs::read_to_string("tests/golden/yjs.json").unwrap()).unwrap();
    for n in [736usize, 150] {
        let h = &golden[n];
        let ups: Vec<Vec<u8>> = h["updates"].as_array().unwrap().iter().map(|u| { let u = u.as_str().unwrap(); (0..u.len()/2).map(|i| u8::from_str_radix(&u[2*i..2*i+2],16).unwrap()).collect() }).collect();
        let mut dice = Dice::new(42);
        let want = h["canonical"].as_str().unwrap();
        let mut order: Vec<usize> = (0..ups.len()).collect();
        let mut tries = 0;
        loop {
            let mut d = Document::new(); for &u in &order { d.apply(&ups[u]).unwrap(); }
            let got = String::from_utf8(d.revision().canonical).unwrap();
            if got != want { println!("{n} order {order:?} waiting {}\n GOT {got}\nWANT {want}", d.is_waiting());
              std::fs::write(format!("/tmp/yjsgold/case{n}.json"), serde_json::to_string(&serde_json::json!({"updates": h["updates"], "order": order, "canonical": want})).unwrap()).unwrap();
              break; }
            dice.shuffle(&mut order); tries += 1; if tries > 5000 { println!("none"); break; }
        }
    }
}
