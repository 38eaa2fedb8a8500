import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { Hash, ReviewCard } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAsk } from "../../kit/ask";
import { changesIn, DiffView } from "../../kit/DiffView";

type Props = {
  card: ReviewCard;
  changesOnly: boolean;
  onChangesOnly: (on: boolean) => void;
};

/** What changed since I last looked; the whole text when I never did. */
export function SinceLast({ card, changesOnly, onChangesOnly }: Props) {
  const { t } = useTranslation();
  const { lastSeen, open } = card;
  if (lastSeen === null) return null;
  if (lastSeen === open.rev) {
    return (
      <div className="banner" role="status">
        {t("review:same")}
      </div>
    );
  }
  return <Changes card={card} lastSeen={lastSeen} changesOnly={changesOnly} onChangesOnly={onChangesOnly} />;
}

type ChangesProps = Props & { lastSeen: Hash };

function Changes({ card, lastSeen, changesOnly, onChangesOnly }: ChangesProps) {
  const { t } = useTranslation();
  const { card: story, rev } = card.open;
  const diff = useAsk(["review", "since", story.story, lastSeen, rev], () => commands.compare(lastSeen, rev));
  return (
    <>
      <div className="banner" role="status" data-test="since-last">
        <span className="grow">
          {diff.data ? t("review:since", { count: changesIn(diff.data) }) : t("review:since.reading")}
        </span>
        <button type="button" className="link" aria-pressed={changesOnly} onClick={() => onChangesOnly(true)}>
          {t("review:since.only")}
        </button>
        <button
          type="button"
          className="link"
          aria-pressed={!changesOnly}
          onClick={() => onChangesOnly(false)}
        >
          {t("review:since.all")}
        </button>
      </div>
      {changesOnly ? (
        <div className="sheet">
          <Asked asked={diff}>{(blocks) => <DiffView blocks={blocks} onlyChanges={false} />}</Asked>
        </div>
      ) : null}
    </>
  );
}
