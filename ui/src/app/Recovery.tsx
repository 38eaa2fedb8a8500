import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { commands } from "../border/commands";
import type { StoryId } from "../border/generated";
import { Asked } from "../kit/Asked";
import { useAct, useAsk } from "../kit/ask";
import { exact } from "../kit/format";
import { go } from "./place";
import "./frame.css";

/** After an unclean exit: what was open, and the last words of each. */
export function Recovery({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const recovered = useAsk(["app", "recovered"], commands.recovered);
  const seen = useAct(commands.recoverySeen, "app");
  const leave = async (story: StoryId | null) => {
    await seen.run();
    if (story) go({ room: "write", story });
    onDone();
  };
  return (
    <main className="alone">
      <div className="card stack">
        <h1>{t("app:recovery.title")}</h1>
        <p className="soft">{t("app:recovery.note")}</p>
        <Asked asked={recovered}>
          {(cards) =>
            cards.length === 0 ? (
              <p>{t("app:recovery.none")}</p>
            ) : (
              <ul className="plain-list stack">
                {cards.map((card) => (
                  <li key={card.story} className="card" style={{ padding: "12px 16px" }}>
                    <div className="line">
                      <strong className="grow">{card.headline || t("kit:untitled")}</strong>
                      <span className="small muted">{t("app:recovery.at", { at: exact(card.at) })}</span>
                    </div>
                    <p className="words">{card.lastWords}</p>
                    <button type="button" className="link" onClick={() => void leave(card.story)}>
                      {t("app:recovery.open")}
                    </button>
                  </li>
                ))}
              </ul>
            )
          }
        </Asked>
        <Button onClick={() => void leave(null)} loading={seen.busy}>
          {t("app:recovery.continue")}
        </Button>
      </div>
    </main>
  );
}
