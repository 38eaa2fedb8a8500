import { Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSync } from "../../app/asks";
import { go } from "../../app/place";
import type { SyncItem } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { moment } from "../../kit/format";
import { percent, WherePill } from "../../kit/Pill";

/** What travels and what waits. */
export function Whereto() {
  const { t } = useTranslation();
  const sync = useSync();
  return (
    <section aria-label={t("today:whereto")}>
      <h2 className="heading">{t("today:whereto")}</h2>
      <div className="card">
        <Asked asked={sync}>
          {(card) => (
            <>
              {card.items.slice(0, 6).map((item) => (
                <Item key={`${item.what}${item.title}`} item={item} />
              ))}
              <div className="row small soft">
                <span className="grow">
                  {card.state === "off"
                    ? t("today:whereto.off")
                    : card.lastAnswer === null
                      ? t("today:whereto.never")
                      : t("today:whereto.answered", { at: moment(card.lastAnswer) })}
                </span>
                <button type="button" className="link" onClick={() => go({ room: "pool" })}>
                  {t("app:status.open")}
                </button>
              </div>
            </>
          )}
        </Asked>
      </div>
    </section>
  );
}

function Item({ item }: { item: SyncItem }) {
  const { t } = useTranslation();
  const where = item.whereabouts;
  const done = where.at === "moving" ? percent(where.done, where.total) : where.at === "pooled" ? 100 : 0;
  return (
    <div className="row">
      <span className="grow">
        <span className="clip-text block">
          {t(`pool:what.${item.what}`)} · {item.title || t("kit:untitled")}
        </span>
        <Progress
          value={done}
          size={4}
          mt={4}
          color={done === 100 ? "ok" : "accent"}
          aria-label={item.title}
        />
      </span>
      <WherePill where={where} />
    </div>
  );
}
