/** The edit baton of an open story: taken by the first word, renewed while words come, given back at leaving. */
import { useCallback, useEffect, useRef, useState } from "react";
import { commands } from "../../border/commands";
import type { WritingCard } from "../../border/generated";
import type { StorySession } from "./session";
import { useSaveFact } from "./useStory";

/** Between two looks at who writes, in milliseconds. */
export const LOOK_MS = 60_000;

/** Who writes the story, as last told; nobody while there is no line. A refusal says nothing of who writes. */
export function useWriting(session: StorySession) {
  const { story } = session;
  const [writing, setWriting] = useState<WritingCard | null>(null);
  const fact = useSaveFact(session);
  const typedAt = fact.kind === "saved" ? fact.at : null;
  const hand = useRef({ typedAt: null as number | null, isMine: false });
  const heard = useCallback((card: WritingCard | null) => {
    hand.current.isMine = card?.isHere ?? false;
    setWriting(card);
  }, []);
  const ask = useCallback(
    (wish: string) => void commands.writing(story, wish).then(heard, () => heard(null)),
    [story, heard],
  );

  useEffect(() => {
    ask("look");
    const timer = setInterval(() => ask("look"), LOOK_MS);
    return () => {
      clearInterval(timer);
      if (hand.current.isMine) void commands.writing(story, "give-back").catch(() => null);
    };
  }, [ask, story]);

  // The first word asks for the baton, later ones renew it or ask again, at most once in a while.
  useEffect(() => {
    const before = hand.current.typedAt;
    if (typedAt === null || (before !== null && typedAt - before < LOOK_MS)) return;
    hand.current.typedAt = typedAt;
    ask("take");
  }, [typedAt, ask]);

  return { writing, heard };
}
