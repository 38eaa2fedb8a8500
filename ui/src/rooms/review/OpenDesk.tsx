import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSettings } from "../../app/asks";
import { commands } from "../../border/commands";
import type { ReviewCard } from "../../border/generated";
import { gate } from "../../editor";
import { useAsk } from "../../kit/ask";
import { useKeys } from "../../kit/keys";
import { raise } from "../../kit/notices";
import { Top } from "../../kit/Slots";
import { Branches } from "../write/Branches";
import { ClipPicker } from "../write/ClipPicker";
import { Missing } from "../write/Missing";
import { Paper } from "../write/Paper";
import { SavePill } from "../write/SavePill";
import { SaveTrouble } from "../write/SaveTrouble";
import { Toolbar } from "../write/Toolbar";
import { useInsert } from "../write/useInsert";
import { useManuscript } from "../write/useManuscript";
import type { StoryInHand } from "../write/useStory";
import { Decide } from "./Decide";
import { ReviewTabs } from "./ReviewTabs";
import { SinceLast } from "./SinceLast";
import { Stages } from "./Stages";
import { useVerbs } from "./useVerbs";

type Open = Extract<StoryInHand, { at: "open" }>;
type Props = { hand: Open; card: ReviewCard; nth: number; of: number };

/** Reads, edits while holding, comments, decides. */
export function OpenDesk({ hand, card, nth, of }: Props) {
  const { t } = useTranslation();
  const { session, open, refresh } = hand;
  const speed = useSettings().data?.readingSpeed;
  const clips = useAsk(["clips", session.story], () => commands.clips(session.story)).data ?? open.clips;
  const { editor, counts, version, heard } = useManuscript(speed);
  const [wantsChanges, setChangesOnly] = useState(true);
  // Without a change since the last look there is only the whole text.
  const changesOnly = wantsChanges && card.lastSeen !== null && card.lastSeen !== card.open.rev;
  const verbs = useVerbs(session, card, () => void refresh().catch(raise));
  const mayWrite = open.readOnly === null && gate(session.doc).mayWrite;
  const [picking, setPicking] = useState(false);
  const insert = useInsert(editor, session.story);

  // Claiming and letting go change what may be written.
  useEffect(() => {
    if (card.open.readOnly !== open.readOnly) void refresh().catch(raise);
  }, [card.open.readOnly, open.readOnly, refresh]);

  useKeys({
    KeyA: () => verbs.pass(),
    KeyR: () => verbs.askReturn(),
    Enter: () => verbs.claim(),
    NumpadEnter: () => verbs.claim(),
  });
  return (
    <>
      <Top title={t("app:room.review")} crumb={t("review:crumb", { nth, of })}>
        <Stages card={card} />
        {mayWrite ? <SavePill session={session} card={open.card} /> : null}
      </Top>
      <section className="desk" aria-label={t("write:desk")}>
        {editor && mayWrite && !changesOnly ? (
          <Toolbar editor={editor} onFigure={() => setPicking(true)} />
        ) : null}
        <SaveTrouble session={session} />
        <Missing session={session} editor={mayWrite ? editor : null} />
        <Branches story={session.story} count={card.open.card.branches} />
        <SinceLast card={card} changesOnly={changesOnly} onChangesOnly={setChangesOnly} />
        <div hidden={changesOnly}>
          <Paper session={session} clips={clips} editable={mayWrite} onText={heard} />
        </div>
      </section>
      <aside className="review-side" aria-label={t("write:inspector")}>
        <ReviewTabs card={card} editor={editor} />
        <Decide
          card={card}
          session={session}
          counts={counts}
          version={version}
          verbs={verbs}
          editor={editor}
        />
      </aside>
      {picking ? (
        <ClipPicker
          story={session.story}
          onPick={(clip) => {
            insert(clip);
            setPicking(false);
          }}
          onClose={() => setPicking(false)}
        />
      ) : null}
    </>
  );
}
