/** Opens a story for as long as a room shows it. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { asFailure, listen } from "../../border/call";
import { commands } from "../../border/commands";
import type { Failure, OpenStory, StoryId } from "../../border/generated";
import { type SaveFact, StorySession } from "./session";

export type StoryInHand =
  | { at: "opening" }
  | { at: "refused"; failure: Failure; again: () => void }
  | { at: "open"; session: StorySession; open: OpenStory; refresh: () => Promise<void> };

/** The open story; closed, with everything kept and sealed, when the room lets go of it. */
export function useStory(story: StoryId): StoryInHand {
  const client = useQueryClient();
  const [round, setRound] = useState(0);
  const [session, setSession] = useState<StorySession | null>(null);
  const [open, setOpen] = useState<OpenStory | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round opens the story again
  useEffect(() => {
    let gone = false;
    let mine: StorySession | null = null;
    commands.openStory(story).then(
      (answer) => {
        if (gone) return;
        mine = new StorySession(story, commands, answer.updates);
        setOpen(answer);
        setSession(mine);
      },
      (thrown) => {
        if (!gone) setFailure(asFailure(thrown));
      },
    );
    return () => {
      gone = true;
      setSession(null);
      setOpen(null);
      setFailure(null);
      void mine?.close().then(() => client.invalidateQueries({ queryKey: ["stories"] }));
    };
  }, [story, round]);

  const refresh = useCallback(async () => {
    if (session) setOpen(await session.receive());
  }, [session]);

  useEffect(() => {
    if (!session) return;
    const stop = listen((news) => {
      if (news.kind === "story-received" && news.story === story) void refresh().catch(() => undefined);
    });
    const blur = () => void session.seal().catch(() => undefined);
    window.addEventListener("blur", blur);
    return () => {
      stop();
      window.removeEventListener("blur", blur);
    };
  }, [session, story, refresh]);

  if (failure) return { at: "refused", failure, again: () => setRound((one) => one + 1) };
  if (!session || !open) return { at: "opening" };
  return { at: "open", session, open, refresh };
}

/** Whether the words are on the disk, as it changes. */
export function useSaveFact(session: StorySession): SaveFact {
  return useSyncExternalStore(
    useCallback((reader) => session.onChange(reader), [session]),
    () => session.fact,
  );
}
