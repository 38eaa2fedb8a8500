/** What a reviewer may do with the story on the desk. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { PaperWord, ReasonCard, ReviewCard, Verb } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { tell } from "../../kit/notices";
import { checkedRev } from "../write/checkedRev";
import type { StorySession } from "../write/session";

type Asking = "return" | "reject" | "paper";

export type Verbs = {
  busy: boolean;
  mayClaim: boolean;
  mayDecide: boolean;
  asking: Asking | null;
  claim(): void;
  release(): void;
  pass(): void;
  askReturn(): void;
  askReject(): void;
  askPaper(): void;
  stopAsking(): void;
  giveBack(reasons: ReasonCard[]): Promise<void>;
  reject(reason: string): Promise<void>;
  passOnPaper(paper: PaperWord): Promise<void>;
};

export function useVerbs(session: StorySession, card: ReviewCard, onDone: () => void): Verbs {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<Asking | null>(null);
  const act = useAct(
    async (make: () => Promise<Verb>) => commands.decide(session.story, await make()),
    "review",
    "queue",
    "stories",
    "push",
  );
  const onPaper = useAct(
    async (paper: PaperWord) => commands.passOnPaper(session.story, await checkedRev(session), paper),
    "review",
    "queue",
    "stories",
    "push",
    "comments",
  );
  const mayClaim = card.mayClaim === null && !card.heldByMe;
  const mayDecide = card.mayDecide === null;
  const run = async (words: string, make: () => Promise<Verb>) => {
    if (act.busy || !(await act.run(make))) return;
    setAsking(null);
    tell(words);
    onDone();
  };
  return {
    busy: act.busy || onPaper.busy,
    mayClaim,
    mayDecide,
    asking,
    claim: () => mayClaim && void run(t("review:claimed"), async () => ({ act: "claim" })),
    release: () =>
      card.heldByMe &&
      void run(t("review:released"), async () => {
        await session.seal();
        return { act: "release" };
      }),
    pass: () =>
      mayDecide &&
      void run(t(`review:passed.${card.level ?? "first"}`), async () => ({
        act: "pass",
        rev: await checkedRev(session),
      })),
    askReturn: () => mayDecide && setAsking("return"),
    askPaper: () => mayDecide && setAsking("paper"),
    askReject: () => mayDecide && setAsking("reject"),
    stopAsking: () => setAsking(null),
    giveBack: (reasons) =>
      run(t("review:returned"), async () => ({ act: "return", rev: await checkedRev(session), reasons })),
    passOnPaper: async (paper) => {
      if (onPaper.busy || !(await onPaper.run(paper))) return;
      setAsking(null);
      tell(t("review:paper.entered"));
      onDone();
    },
    reject: (reason) => run(t("review:rejected"), async () => ({ act: "reject", reason })),
  };
}
