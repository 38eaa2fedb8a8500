// @vitest-environment jsdom
import { appendFileSync, writeFileSync } from "node:fs";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Node } from "@tiptap/pm/model";
import { describe, expect, it } from "vitest";
import { readFlat } from "./flat";
import { missingRuns } from "./guard";
import { canonical, revision } from "./revision";
import type { Peer } from "./testing";
import {
  act,
  below,
  exchange,
  firstUpdate,
  markerOf,
  markersIn,
  randomFrom,
  seat,
  seen,
  setting,
  truth,
} from "./testing";

const MERGES = setting("MERGES", 600);
const SEED = setting("SEED", 20260815);

type Outcome = {
  inserted: number;
  lost: string[];
  differing: number;
  coarse: number;
  alarms: number;
  guarded: number;
  notes: string[];
};

/** Inserted letters that somebody sees and that nobody who had seen them at the start of the round took away. */
function owed(before: readonly Set<string>[], after: readonly Set<string>[]): Set<string> {
  const out = new Set<string>();
  for (const set of after) {
    for (const marker of set) {
      if (before.every((had, index) => !had.has(marker) || after[index]?.has(marker) === true))
        out.add(marker);
    }
  }
  return out;
}

/** The words of the body alone: captions of figures that somebody removes are lost for good, and reported rightly. */
function bodyState(peer: Peer | undefined): string {
  if (peer === undefined) return "";
  return readFlat(peer.ydoc)
    .map((block) =>
      block.kind === "text" ? block.runs.map((run) => ("text" in run ? run.text : "")).join("") : "",
    )
    .join("\n");
}

/** Keeps the first difference in full, so that a failing seed explains itself. */
function note(outcome: Outcome, what: string, before: Node, peer: Peer): void {
  if (outcome.notes.length > 0) return;
  const lines = [before, peer.editor.view.state.doc, truth(peer)].map((doc) => JSON.stringify(doc.toJSON()));
  outcome.notes.push(what, ...lines);
}

function checkScreens(peers: readonly Peer[], outcome: Outcome): void {
  const first = peers[0];
  for (const peer of peers) {
    const shown = peer.editor.view.state.doc;
    if (!shown.eq(truth(peer)) || (first !== undefined && !shown.eq(first.editor.view.state.doc))) {
      outcome.differing++;
      note(outcome, `${peer.name} after the exchange`, shown, peer);
    }
  }
}

function merge(seed: number): Outcome {
  const random = randomFrom(seed);
  const outcome: Outcome = {
    inserted: 0,
    lost: [],
    differing: 0,
    coarse: 0,
    alarms: 0,
    guarded: 0,
    notes: [],
  };
  const base = firstUpdate(random, 3 + below(random, 10));
  const names = random() < 0.5 ? ["a", "b"] : ["a", "b", "c"];
  const peers = names.map((name) => seat(name, random, [base]));
  const rounds = 1 + below(random, 2);
  for (let round = 0; round < rounds; round++) {
    const before = peers.map((peer) => markersIn(seen(peer)));
    const baseText = bodyState(peers[0]);
    for (const peer of peers) {
      const count = 4 + below(random, 8);
      for (let i = 0; i < count; i++) {
        const before = peer.editor.view.state.doc;
        const name = act(peer, random, () => markerOf(outcome.inserted++));
        if (!peer.editor.view.state.doc.eq(truth(peer))) {
          outcome.differing++;
          note(outcome, `${peer.name} ${name}`, before, peer);
        }
      }
    }
    const after = peers.map((peer) => markersIn(seen(peer)));
    const texts = peers.map((peer) => bodyState(peer));
    exchange(peers, random);
    checkScreens(peers, outcome);
    const now = peers.map((peer) => markersIn(seen(peer)));
    for (const marker of owed(before, after)) {
      if (!now.some((set) => set.has(marker))) outcome.lost.push(marker);
    }
    if (peers.length === 2) {
      outcome.guarded++;
      const merged = bodyState(peers[0]);
      if (missingRuns(baseText, texts[0] ?? "", texts[1] ?? "", merged).length > 0) {
        outcome.alarms++;
      }
    }
  }
  for (const peer of peers) {
    outcome.coarse += peer.editor.binding.tally.coarse;
    peer.close();
  }
  return outcome;
}

function composes(peer: Peer, kind: string): void {
  peer.editor.view.dom.dispatchEvent(new CompositionEvent(kind, { bubbles: true, data: "" }));
}

/** Others' work arrives while everybody composes and goes on working; then the compositions end. */
async function mergeWhileComposing(seed: number): Promise<Outcome> {
  const random = randomFrom(seed);
  const outcome: Outcome = {
    inserted: 0,
    lost: [],
    differing: 0,
    coarse: 0,
    alarms: 0,
    guarded: 0,
    notes: [],
  };
  const base = firstUpdate(random, 3 + below(random, 8));
  const peers = ["a", "b"].map((name) => seat(name, random, [base]));
  const before = peers.map((peer) => markersIn(seen(peer)));
  const work = (count: number): void => {
    for (const peer of peers) {
      for (let i = 0; i < count; i++) {
        act(peer, random, () => markerOf(outcome.inserted++));
        if (random() < 0.2) peer.editor.flush();
      }
    }
  };
  work(2);
  const busy = peers.filter((_, index) => index === 0 || random() < 0.5);
  for (const peer of busy) composes(peer, "compositionstart");
  for (let i = 0; i < 3; i++) {
    work(2);
    exchange(peers, random);
  }
  work(2);
  for (const peer of busy) composes(peer, "compositionend");
  const after = peers.map((peer) => markersIn(seen(peer)));
  await new Promise((resolve) => setTimeout(resolve, 90));
  exchange(peers, random);
  exchange(peers, random);
  checkScreens(peers, outcome);
  const now = peers.map((peer) => markersIn(seen(peer)));
  if (busy.length === peers.length) {
    for (const marker of owed(before, after)) {
      if (!now.some((set) => set.has(marker))) outcome.lost.push(marker);
    }
  }
  for (const peer of peers) {
    outcome.coarse += peer.editor.binding.tally.coarse;
    peer.close();
  }
  return outcome;
}

describe("merging offline work", () => {
  it(
    "nothing is lost when others' work arrives in the middle of composing",
    async () => {
      const count = Math.max(10, Math.round(MERGES / 10));
      const bad: string[] = [];
      let coarse = 0;
      for (let i = 0; i < count; i++) {
        const outcome = await mergeWhileComposing(SEED + i);
        coarse += outcome.coarse;
        if (outcome.lost.length > 0 || outcome.differing > 0)
          bad.push(`seed ${SEED + i}: ${JSON.stringify(outcome)}`);
      }
      console.log(`composing merges: SEED=${SEED} count=${count} bad=${bad.length} coarse=${coarse}`);
      expect(bad.slice(0, 12), `first bad seeds of ${bad.length}`).toEqual([]);
    },
    MERGES * 1000 + 60_000,
  );

  it(
    `no typed run is lost and all screens agree in ${MERGES} random merges`,
    () => {
      console.log(`merges: SEED=${SEED} MERGES=${MERGES}`);
      const sum = { inserted: 0, lost: 0, differing: 0, coarse: 0, alarms: 0, guarded: 0 };
      const bad: string[] = [];
      for (let i = 0; i < MERGES; i++) {
        const outcome = merge(SEED + i);
        sum.inserted += outcome.inserted;
        sum.lost += outcome.lost.length;
        sum.differing += outcome.differing;
        sum.coarse += outcome.coarse;
        sum.alarms += outcome.alarms;
        sum.guarded += outcome.guarded;
        if (outcome.lost.length > 0 || outcome.differing > 0)
          bad.push(`seed ${SEED + i}: ${JSON.stringify(outcome)}`);
      }
      console.log(`merges: ${JSON.stringify(sum)}`);
      expect(bad.slice(0, 12), `first bad seeds of ${bad.length}`).toEqual([]);
      expect(
        sum.alarms / Math.max(1, sum.guarded),
        "the merge guard is silent, for nothing is lost",
      ).toBeLessThan(0.001);
      expect(sum.coarse, "small steps are always enough").toBe(0);
    },
    MERGES * 1000 + 60_000,
  );

  const out = process.env.HISTORIES_OUT;
  it.skipIf(out === undefined)(
    "merge histories are written for the core to replay",
    () => {
      const count = setting("HISTORIES", 200);
      writeFileSync(out ?? "", "");
      for (let i = 0; i < count; i++) {
        const random = randomFrom(SEED + i);
        const base = firstUpdate(random, 3 + below(random, 8));
        const peers = ["a", "b", "c"].map((name) => seat(name, random, [base]));
        const updates = [base];
        let inserted = 0;
        for (const peer of peers) {
          for (const name of ["headline", "byline"])
            peer.ydoc.getText(name).insert(0, `${name} ${peer.name} “${i}” \u0001`);
        }
        for (let round = 0; round < 2; round++) {
          for (const peer of peers)
            for (let step = 0; step < 10; step++) act(peer, random, () => markerOf(inserted++));
          for (const peer of peers) updates.push(...peer.updates);
          exchange(peers, random);
        }
        const revisions = new Set(peers.map((peer) => revision(peer.ydoc)));
        expect(revisions.size, `seed ${SEED + i}: all laptops seal the same revision`).toBe(1);
        const first = peers[0];
        if (first !== undefined) {
          const line = {
            updates: updates.map((update) => bytesToHex(update)),
            rev: revision(first.ydoc),
            canonical: canonical(first.ydoc),
          };
          appendFileSync(out ?? "", `${JSON.stringify(line)}\n`);
        }
        for (const peer of peers) peer.close();
      }
    },
    600_000,
  );
});
