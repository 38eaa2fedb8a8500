import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { ReviewCard } from "../../border/generated";
import { moment } from "../../kit/format";
import { type Stage, stagesOf } from "./model";

/** The three reviews: who signed, where it stands. */
export function Stages({ card }: { card: ReviewCard }) {
  const { t } = useTranslation();
  return (
    <ol className="stages plain-list" aria-label={t("review:stages")}>
      {stagesOf(card).map((stage) => (
        <li
          key={stage.level}
          className={`stage ${stage.state}`}
          aria-current={stage.state === "now" ? "step" : undefined}
        >
          {stage.state === "done" ? "✓ " : ""}
          {t(`kit:level.${stage.level}`)} <small>{note(stage, card, t)}</small>
        </li>
      ))}
    </ol>
  );
}

function note(stage: Stage, card: ReviewCard, t: TFunction): string {
  if (stage.signature && stage.state === "done") {
    const waits = stage.signature.verdict === "proposed" ? ` · ${t("review:verdict.proposed")}` : "";
    return `${stage.signature.byName} ${moment(stage.signature.at)}${waits}`;
  }
  if (stage.state !== "now") return "";
  if (card.heldByMe) return t("review:held.me");
  return card.holderName ? t("today:held", { name: card.holderName }) : "";
}
