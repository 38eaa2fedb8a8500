import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { go } from "../../app/place";
import type { StoryCard } from "../../border/generated";
import { number, spokenTime } from "../../kit/format";
import { Pill, StatePill, WherePill } from "../../kit/Pill";

/** A story in one line: state, headline, measure, whereabouts. */
export function StoryRow({ card }: { card: StoryCard }) {
  const { t } = useTranslation();
  return (
    <li className="row">
      <StatePill card={card} />
      <button
        type="button"
        className="row-title grow clip-text"
        onClick={() => go({ room: "write", story: card.story })}
      >
        {card.headline || t("kit:untitled")}
      </button>
      {card.branches > 0 ? (
        <Pill tone="conflict">{t("today:branches", { count: card.branches })}</Pill>
      ) : null}
      <span className="muted small">{measure(card, t)}</span>
      <WherePill where={card.whereabouts} />
    </li>
  );
}

function measure(card: StoryCard, t: TFunction): string {
  if (card.links.length > 0) return [...new Set(card.links.map((link) => link.channel))].join(" · ");
  if (card.holderName) return t("today:held", { name: card.holderName });
  const parts = [t("kit:characters", { count: card.characters, shown: number(card.characters) })];
  if (card.seconds > 0) parts.push(t("kit:read-aloud", { time: spokenTime(card.seconds) }));
  if (card.figures > 0) parts.push(t("kit:figures", { count: card.figures }));
  return parts.join(" · ");
}
