import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import sample from "../gallery/sample.json";
import { makeFake } from "../src/border/fake";
import type { AppState, Failure, StoryId } from "../src/border/generated";
import { openWindow } from "./open";

const stories = makeFake().stories;
const idOfHeadline = (nth: number): StoryId => {
  const found = stories.find((one) => one.headline === sample.stories[nth]?.headline);
  if (!found) throw new Error(`no story ${nth}`);
  return found.story;
};
const headline = (nth: number) => sample.stories[nth]?.headline ?? "";

const firstRun: AppState = {
  phase: "first-run",
  library: "/home/desk/Satchel",
  freeBytes: 84e9,
  keyStore: "works",
  uncleanExit: false,
  language: "en",
  me: null,
  version: "0.1.0",
};

/** The button of that name, once it may be pressed. */
async function ready(name: string): Promise<HTMLButtonElement> {
  const button = await screen.findByRole<HTMLButtonElement>("button", { name });
  await waitFor(() => expect(button.disabled).toBe(false));
  return button;
}

describe("the rooms", () => {
  it("today begins with the returned story and its reason", async () => {
    openWindow();

    const first = await screen.findByRole("region", { name: "First things first" });

    expect(within(first).getByText("Returned · 2 changes asked")).toBeTruthy();
    expect(within(first).getByRole("button", { name: `Work through it ${headline(0)}` })).toBeTruthy();
  });

  it("write shows the words of the story and says that they are kept only when the core answered", async () => {
    const { fake, user } = openWindow({ room: "write", story: idOfHeadline(1) });
    const field = await screen.findByRole<HTMLTextAreaElement>("textbox", { name: "Deck" });
    expect(await screen.findByText(sample.lead, { exact: false })).toBeTruthy();

    await user.type(field, "deck words");

    await waitFor(() =>
      expect(document.querySelector('[data-test="save-fact"]')?.textContent).toContain("Saved on"),
    );
    expect(fake.calls.some((call) => call.name === "keep_update")).toBe(true);
  });

  it("write keeps unsaved words on the screen and says so when the disk refuses", async () => {
    const full: Failure = { code: "store.disk-full", params: {}, message: "", remedy: "free-space" };
    const { fake, user } = openWindow({ room: "write", story: idOfHeadline(1) }, (core) =>
      core.answer("keep_update", () => {
        throw full;
      }),
    );
    const field = await screen.findByRole<HTMLTextAreaElement>("textbox", { name: "Deck" });

    await user.type(field, "kept");

    expect(await screen.findByText(/not saved yet. Free some space/)).toBeTruthy();
    expect(field.value).toBe("kept");

    fake.answer("keep_update", () => ({ at: Date.now() }));
    await waitFor(() => expect(screen.queryByText(/not saved yet/)).toBeNull());
  });

  it("write files exactly the fingerprint that core and window agree on", async () => {
    const { fake, user } = openWindow({ room: "write", story: idOfHeadline(1) });
    await screen.findByRole("toolbar", { name: "Formatting" });

    await user.click(await screen.findByRole("button", { name: "File Ctrl+Enter" }));
    await user.click(await ready("File to the desk"));

    await waitFor(() => expect(fake.calls.some((call) => call.name === "file_story")).toBe(true));
    const checked = fake.calls.find((call) => call.name === "check_rev")?.args.rev;
    const filed = fake.calls.find((call) => call.name === "file_story")?.args.rev;
    expect(filed).toBe(checked);
    expect(await screen.findByText("Under review; it cannot be changed now.")).toBeTruthy();
  });

  it("write does not file when the core reads another text", async () => {
    const { fake, user } = openWindow({ room: "write", story: idOfHeadline(1) }, (core) =>
      core.answer("check_rev", () => false),
    );
    await user.click(await screen.findByRole("button", { name: "File Ctrl+Enter" }));
    await user.click(await ready("File to the desk"));

    expect(await screen.findByText(/differ, so nothing was done/)).toBeTruthy();
    expect(fake.calls.some((call) => call.name === "file_story")).toBe(false);
  });

  it("gather looks at a typed folder, takes it in and reports", async () => {
    const { user } = openWindow({ room: "gather" });

    await user.type(await screen.findByRole("textbox", { name: "Path of a card or folder" }), "/media/card");
    await user.click(screen.getByRole("button", { name: "Look" }));
    await user.click(await screen.findByRole("button", { name: "Start the import" }));

    expect(await screen.findByText("11 files brought in and verified")).toBeTruthy();
  });

  it("cut makes a segment of the marks", async () => {
    const { fake, user } = openWindow({ room: "cut", story: idOfHeadline(1) });

    await user.click(await screen.findByRole("button", { name: /Add to cut/ }));

    await waitFor(() => expect(fake.calls.some((call) => call.name === "change_cut")).toBe(true));
    expect(await screen.findByRole("heading", { name: "1 segment" })).toBeTruthy();
  });

  it("review is claimed with Enter and returned only with a reason", async () => {
    const { fake, user } = openWindow({ room: "review" });
    await screen.findByRole("button", { name: "Claim Enter" });

    await user.keyboard("{Enter}");
    await user.click(await screen.findByRole("button", { name: "Return R" }));
    const send = await screen.findByRole<HTMLButtonElement>("button", { name: "Return to the reporter" });
    expect(send.disabled).toBe(true);
    await user.type(screen.getByRole("textbox", { name: "What to do" }), "check the number");
    await user.click(send);

    await waitFor(() => {
      const verbs = fake.calls.filter((call) => call.name === "decide").map((call) => call.args.verb);
      expect(verbs).toMatchObject([
        { act: "claim" },
        { act: "return", reasons: [{ note: "check the number" }] },
      ]);
    });
  });

  it("push releases once, and an unknown outcome asks a person", async () => {
    const { fake, user } = openWindow({ room: "push" }, (core) => core.answer("rehearse", () => []));
    const name = sample.channels[0] ?? "";

    await user.click(await ready(`Release on ${name}`));
    await user.click(await screen.findByRole("button", { name: "Release now" }));

    expect(await screen.findByText("Released")).toBeTruthy();
    expect(screen.queryByRole("button", { name: `Release on ${name}` })).toBeNull();
    expect(fake.calls.filter((call) => call.name === "release")).toHaveLength(1);
  });

  it("pool says what waits, and settings switch the language at once", async () => {
    const { user } = openWindow({ room: "pool" });
    expect(await screen.findByRole("heading", { name: "Waiting 1" })).toBeTruthy();

    await user.keyboard("{Control>}8{/Control}");
    await user.click(await screen.findByRole("combobox", { name: "Language" }));
    await user.click(await screen.findByRole("option", { name: sample.languageName }));

    await waitFor(() => expect(document.documentElement.lang).toBe("zh-CN"));
  });

  it("the palette finds stories by their words and opens them", async () => {
    const { user } = openWindow();
    await screen.findByRole("region", { name: "First things first" });

    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByPlaceholderText("Search or run a command"), headline(2));
    await user.click(await screen.findByRole("button", { name: new RegExp(`^${headline(2)}`) }));

    expect(await screen.findByRole("heading", { level: 1, name: headline(2) })).toBeTruthy();
  });

  it("the first run asks for language, place and person, and then opens the rooms", async () => {
    const { fake, user } = openWindow({}, (core) => core.answer("app_state", () => firstRun));
    await user.click(await ready("Next"));
    await user.click(await ready("Next"));
    await user.click(await screen.findByRole("radio", { name: "Start a new centre" }));
    await user.type(screen.getByRole("textbox", { name: "Name of the centre" }), "Centre");
    await user.type(screen.getByRole("textbox", { name: "My name, as in bylines" }), "Me");
    await user.click(await ready("Create and enter"));

    await waitFor(() =>
      expect(fake.calls.find((call) => call.name === "start_centre")?.args).toEqual({
        centre: "Centre",
        name: "Me",
        passphrase: null,
      }),
    );
  });
});
