/** What a person must see when more than one hand is at work, and when a door stays shut. */
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import sample from "../gallery/sample.json";
import type { Fake } from "../src/border/fake";
import { makeFake } from "../src/border/fake";
import type { AppState, Failure, OpenStory, StoryId } from "../src/border/generated";
import { wordOf } from "../src/kit/failure";
import { fromBase64, toBase64 } from "../src/rooms/write/session";
import { openWindow } from "./open";

const stories = makeFake().stories;
const draft = stories.find((one) => one.headline === sample.stories[1]?.headline)?.story as StoryId;

const locked: AppState = {
  phase: "locked",
  library: "/home/desk/Satchel",
  freeBytes: 84e9,
  keyStore: "missing",
  uncleanExit: false,
  language: "en",
  me: null,
  version: "0.1.0",
};

/** A colleague opens the story, empties its deck, and the news reaches the window. */
async function colleagueEmptiesTheDeck(fake: Fake): Promise<void> {
  const open = (await fake.call("open_story", { story: draft })) as OpenStory;
  const doc = new Y.Doc({ gc: false });
  for (const update of open.updates) Y.applyUpdate(doc, fromBase64(update));
  doc.getText("deck").delete(0, doc.getText("deck").length);
  const update = toBase64(Y.encodeStateAsUpdate(doc));
  fake.answer("open_story", () => ({ ...open, updates: [...open.updates, update] }));
  fake.tell({ kind: "story-received", story: draft });
}

describe("more than one hand", () => {
  it("shows a passage that a merge took out, and puts it back at the end when asked", async () => {
    const { fake, user } = openWindow({ room: "write", story: draft });
    const deck = await screen.findByRole<HTMLTextAreaElement>("textbox", { name: "Deck" });
    await screen.findByRole("toolbar", { name: "Formatting" });
    await user.clear(deck);
    await user.type(deck, "three trips a day");
    await waitFor(() => expect(document.querySelector('[data-state="saved"]')).toBeTruthy());

    await colleagueEmptiesTheDeck(fake);

    const told = await screen.findByRole("region", { name: "1 passage is not in the merged text" });
    expect(within(told).getByText("three trips a day")).toBeTruthy();
    await user.click(within(told).getByRole("button", { name: "Put at the end" }));
    await waitFor(() => expect(screen.queryByRole("region", { name: /not in the merged text/ })).toBeNull());
    const last = document.querySelector(".ProseMirror > p:last-of-type");
    expect(last?.textContent).toBe("three trips a day");
  });

  it("says in writing and in review what stands beside the text, and lets it be read", async () => {
    const { user } = openWindow({ room: "review" }, (fake) => {
      for (const one of fake.stories) one.branches = 2;
    });

    const banner = await screen.findByText(/kept beside the text, 2 changes/);
    expect(banner).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Read them" }));
    const page = await screen.findByRole("dialog", { name: "Changes beside the text" });
    expect(await within(page).findByText(sample.lead)).toBeTruthy();
  });

  it("lets a reviewer who holds the story put a figure into it", async () => {
    const { user } = openWindow({ room: "review" });
    await screen.findByRole("button", { name: "Claim Enter" });

    await user.keyboard("{Enter}");
    await user.click(await screen.findByRole("button", { name: "Insert picture or video" }));

    expect(await screen.findByRole("dialog", { name: "Insert picture or video" })).toBeTruthy();
  });

  it("names a figure in the list of paragraph styles instead of nothing", async () => {
    const { user } = openWindow({ room: "write", story: draft });
    await screen.findByRole("toolbar", { name: "Formatting" });

    await user.click(await screen.findByRole("button", { name: "Insert picture or video" }));
    const choice = await screen.findByRole("dialog", { name: "Insert picture or video" });
    const first = within(choice).getAllByRole("button").at(1);
    if (first) await user.click(first);

    const style = await screen.findByRole<HTMLInputElement>("combobox", { name: "Paragraph style" });
    await waitFor(() => expect(style.value).toBe("Figure"));
  });
});

describe("a shut door", () => {
  const refused = (code: string): Failure => ({ code, params: {}, message: "", remedy: "try-again" });

  it("says beside the field what happened, what is safe and what to do, and opens on the next try", async () => {
    const { fake, user } = openWindow({}, (core) => {
      core.answer("app_state", () => locked);
      core.answer("unlock", () => {
        throw refused("store.wrong-passphrase");
      });
    });
    await user.type(await screen.findByLabelText("Passphrase"), "wrong one");
    await user.click(screen.getByRole("button", { name: "Unlock" }));

    const told = await screen.findByRole("alert");
    expect(told.textContent).toContain("That is not the passphrase");
    expect(told.textContent).toContain("exactly as they were");
    expect(told.textContent).toContain("Check Caps Lock");

    fake.answer("app_state", () => ({ ...locked, phase: "ready" }));
    fake.answer("unlock", () => locked);
    await user.click(screen.getByRole("button", { name: "Unlock" }));
    expect(await screen.findByRole("navigation", { name: "Rooms" })).toBeTruthy();
  });

  it("is a page of its own when the library does not open at all", async () => {
    openWindow({}, (core) =>
      core.answer("app_state", () => {
        throw refused("store.open-elsewhere");
      }),
    );

    expect(await screen.findByRole("heading", { name: "The library cannot be opened now" })).toBeTruthy();
    expect(screen.getByRole("alert").textContent).toContain("Go to the window that is open already");
  });
});

it("a code that this program has no word for is never shown as it is", () => {
  expect(wordOf("kit:state", "some-newer-state")).not.toContain("some-newer-state");
  expect(wordOf("app:stage", "some-newer-stage", "")).toBe("");
});
