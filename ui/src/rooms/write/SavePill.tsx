import { useTranslation } from "react-i18next";
import type { StoryCard } from "../../border/generated";
import { exact } from "../../kit/format";
import { Pill, WherePill } from "../../kit/Pill";
import type { StorySession } from "./session";
import { useSaveFact } from "./useStory";

/** Whether the words are on the disk, with the second. */
export function SavePill({ session, card }: { session: StorySession; card: StoryCard }) {
  const { t } = useTranslation();
  const fact = useSaveFact(session);
  return (
    <span className="save-fact" data-test="save-fact" data-state={fact.kind}>
      {fact.kind === "failing" ? <Pill tone="alarm">{t("kit:unsaved")}</Pill> : null}
      {fact.kind === "saving" ? <Pill>{t("kit:saving")}</Pill> : null}
      {fact.kind === "saved" && fact.at !== null ? (
        <Pill tone="ok">{t("kit:saved", { at: exact(fact.at) })}</Pill>
      ) : null}
      {fact.kind === "saved" && fact.at === null ? <WherePill where={card.whereabouts} /> : null}
    </span>
  );
}
