import { Checkbox } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { QueueCard, StoryId } from "../../border/generated";
import { Empty } from "../../kit/Empty";
import { moment, number } from "../../kit/format";
import { Pill } from "../../kit/Pill";

type Props = {
  rows: readonly QueueCard[];
  chosen: StoryId | null;
  onlyMine: boolean;
  onOnlyMine: (on: boolean) => void;
  onChoose: (story: StoryId) => void;
};

/** What waits, the oldest first; mine on top. */
export function Queue({ rows, chosen, onlyMine, onOnlyMine, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <nav className="queue" aria-label={t("review:queue")}>
      <div className="queue-head">
        <Checkbox
          label={t("review:queue.mine")}
          checked={onlyMine}
          onChange={(event) => onOnlyMine(event.currentTarget.checked)}
        />
      </div>
      {rows.length === 0 ? <Empty words={t("review:queue.empty")} /> : null}
      <ul className="plain-list">
        {rows.map((row) => (
          <li key={row.story}>
            <button
              type="button"
              className="queue-row"
              data-row
              aria-current={row.story === chosen ? "true" : undefined}
              onClick={() => onChoose(row.story)}
            >
              <time>{moment(row.card.updated)}</time>
              <span className="grow">
                <strong>{row.card.headline || t("kit:untitled")}</strong>
                <span className="small muted block">
                  {t(`kit:genre.${row.card.genre}`)} · {row.card.authorName} ·{" "}
                  {t("kit:characters", { count: row.card.characters, shown: number(row.card.characters) })}
                </span>
                <QueuePill row={row} />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function QueuePill({ row }: { row: QueueCard }) {
  const { t } = useTranslation();
  if (row.heldByMe) return <Pill tone="info">{t("review:held.me")}</Pill>;
  if (row.card.holderName) return <Pill>{t("today:held", { name: row.card.holderName })}</Pill>;
  return <Pill tone={row.forMe ? "warn" : "plain"}>{t(`kit:state.awaiting-${row.level}`)}</Pill>;
}
