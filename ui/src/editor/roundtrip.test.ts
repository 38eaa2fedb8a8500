// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { docToFlat, flatToDoc } from "./flat";
import { act, firstUpdate, markerOf, randomFrom, seat, setting, truth } from "./testing";

const STEPS = setting("STEPS", 5000);
const SEED = setting("SEED", 20260815);
const SITTING = 250;

describe("the flat form", () => {
  it(
    `a document survives the way to the flat form and back after each of ${STEPS} random steps`,
    () => {
      console.log(`round trip: SEED=${SEED} STEPS=${STEPS}`);
      const bad: string[] = [];
      let done = 0;
      let changed = 0;
      for (let sitting = 0; changed < STEPS; sitting++) {
        const random = randomFrom(SEED + sitting);
        const peer = seat("a", random, [firstUpdate(random, 6)]);
        for (let i = 0; i < SITTING && changed < STEPS; i++, done++) {
          const before = peer.editor.view.state.doc;
          const name = act(peer, random, () => markerOf(done));
          const { doc } = peer.editor.view.state;
          if (doc !== before) changed++;
          const there = flatToDoc(docToFlat(doc));
          if (!there.eq(doc)) bad.push(`seed ${SEED + sitting} step ${i} ${name}: round trip`);
          if (!truth(peer).eq(doc)) bad.push(`seed ${SEED + sitting} step ${i} ${name}: shared document`);
        }
        if (peer.editor.binding.tally.coarse > 0) bad.push(`seed ${SEED + sitting}: coarse`);
        peer.close();
      }
      console.log(`round trip: ${changed} of ${done} steps changed something`);
      expect(bad.slice(0, 5), `of ${bad.length}`).toEqual([]);
    },
    STEPS * 100 + 60_000,
  );
});
