/** The sync centre: what it says of arrivals, and that a long list stays light. */
import { screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeFake } from "../src/border/fake";
import type { ArrivalCard, ArrivalsCard, ClipId, Failure, Hash, Settings } from "../src/border/generated";
import { openWindow } from "./open";

const NOW = Date.UTC(2026, 10, 23, 6, 3, 7);

/** So many photos that wait behind each other. */
async function many(count: number): Promise<ArrivalsCard> {
  const card = (await makeFake({ now: NOW }).call("arrivals", {})) as ArrivalsCard;
  const one = card.items[1] as ArrivalCard;
  const items = Array.from({ length: count }, (_, nth) => ({
    ...one,
    blob: nth.toString(16).padStart(64, "0") as Hash,
    clip: nth.toString(16).padStart(32, "0") as ClipId,
    title: `photo ${nth}.jpg`,
    proposals: [],
    lateMs: null,
  }));
  return { ...card, late: 0, items };
}

it("says how fast the line is, when each piece arrives, and what would be there in time", async () => {
  const { user, fake } = openWindow({ room: "pool" });
  const group = (await screen.findByRole("heading", { name: "Waiting 1" })).closest("section");
  if (!group) throw new Error("no group");
  const words = within(group);
  expect(
    await words.findByText(/The full file misses .*16:03 by 40 minutes; the 4 Mbit\/s version/),
  ).toBeTruthy();
  expect(screen.getByText(/4 Mbit\/s \(at /)).toBeTruthy();

  await user.click(words.getByRole("button", { name: /^Send now: / }));
  await waitFor(() =>
    expect(fake.calls.find((call) => call.name === "send_now")?.args).toMatchObject({ isUrgent: true }),
  );
});

it("draws only the rows in sight of five hundred pieces", async () => {
  const card = await many(500);
  openWindow({ room: "pool" }, (core) => core.answer("arrivals", () => card));

  expect(await screen.findByRole("heading", { name: "Waiting 500" })).toBeTruthy();
  await waitFor(() => expect(document.querySelectorAll("[data-test=piece]").length).toBeGreaterThan(3));
  const drawn = document.querySelectorAll("[data-test=group-waiting] [data-test=piece]").length;
  expect(drawn).toBeLessThan(60);
  expect(screen.getByText("photo 0.jpg")).toBeTruthy();
  expect(screen.queryByText("photo 400.jpg")).toBeNull();
});

it("keeps the choices for the way up, refuses an hour that no clock shows, and tells a refusal", async () => {
  const { user, fake } = openWindow({ room: "settings" });
  const saved = () =>
    fake.calls.filter((call) => call.name === "save_settings").map((call) => call.args.settings);

  const bulletin = await screen.findByRole("textbox", { name: "Bulletin" });
  await user.type(bulletin, "25:00");
  await user.tab();
  expect(await screen.findByText("Write it like 18:00.")).toBeTruthy();
  expect(saved()).toEqual([]);
  await user.clear(bulletin);
  await user.type(bulletin, "1800");
  await user.tab();
  await waitFor(() => expect(saved().at(-1)).toMatchObject({ bulletin: 1080 }));

  await user.click(screen.getByRole("switch", { name: /^This line is metered/ }));
  await waitFor(() => expect(saved().at(-1)).toMatchObject({ isMetered: true, bulletin: 1080 }));
  await user.click(screen.getByRole("switch", { name: /^Originals only at night/ }));
  const from = await screen.findByRole("textbox", { name: "From" });
  await user.clear(from);
  await user.type(from, "23:30");
  await user.tab();
  await waitFor(() => expect(saved().at(-1)).toMatchObject({ nightOnly: true, nightFrom: 1410 }));

  let kept = (await fake.call("settings", {})) as Settings;
  fake.answer("settings", () => kept);
  fake.answer("save_settings", async (args) => {
    await new Promise((done) => setTimeout(done, 30));
    kept = args.settings as Settings;
    return kept;
  });
  screen.getByRole("switch", { name: /^This line is metered/ }).click();
  screen.getByRole("switch", { name: /^Sync with the pool/ }).click();
  screen.getByRole("switch", { name: /^Originals only at night/ }).click();
  await waitFor(() => expect(kept).toMatchObject({ isMetered: false, syncOn: false, nightOnly: false }));

  const refused: Failure = { code: "desk.empty-night", params: {}, message: "", remedy: "correct-input" };
  fake.answer("save_settings", () => {
    throw refused;
  });
  const limit = screen.getByRole("textbox", { name: "Upload limit (kbit/s)" });
  await user.clear(limit);
  await user.type(limit, "640");
  await user.tab();
  expect(await screen.findByText(/cannot begin and end at the same minute/)).toBeTruthy();
});
