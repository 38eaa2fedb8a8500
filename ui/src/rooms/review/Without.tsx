import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ReviewCard } from "../../border/generated";
import type { StorySession } from "../write/session";
import { OutDialog } from "./OutDialog";
import { PaperDialog } from "./PaperDialog";
import type { Verbs } from "./useVerbs";

type Props = { card: ReviewCard; session: StorySession; verbs: Verbs };

/** Ways of reviewing for those without a network, or without Satchel. */
export function Without({ card, session, verbs }: Props) {
  const { t } = useTranslation();
  const [isOut, setOut] = useState(false);
  if (card.level === null) return null;
  return (
    <>
      <div className="line small" style={{ marginTop: 6 }}>
        <button type="button" className="link" onClick={() => setOut(true)} data-test="review-out">
          {t("review:out")}
        </button>
        {verbs.mayDecide ? (
          <button type="button" className="link" onClick={verbs.askPaper} data-test="review-paper">
            {t("review:paper")}
          </button>
        ) : null}
      </div>
      {isOut ? <OutDialog story={session.story} onClose={() => setOut(false)} /> : null}
      {verbs.asking === "paper" ? <PaperDialog rev={card.open.rev} verbs={verbs} /> : null}
    </>
  );
}
