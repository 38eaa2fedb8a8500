import { useTranslation } from "react-i18next";
import { useSettings } from "../../app/asks";
import { go } from "../../app/place";
import { statusOf } from "../../app/StatusPill";
import type { ArrivalsCard, RenewalCard, SyncCard } from "../../border/generated";
import { sentenceOf } from "../../kit/failure";
import { moment } from "../../kit/format";
import { Pill } from "../../kit/Pill";
import { allWords, itemsWords, lateWords, speed } from "./words";

type Props = { card: SyncCard; arrivals: ArrivalsCard | undefined };

/** How the exchange stands: what waits, how fast the line is, and when everything will be in the pool. */
export function Exchange({ card, arrivals }: Props) {
  const { t } = useTranslation();
  const status = statusOf(card);
  const limit = (useSettings().data?.uplinkKbit ?? 0) * 125;
  const isLimit = limit > 0 && arrivals?.rate === limit;
  const late = arrivals ? lateWords(arrivals) : "";
  return (
    <div className="card exchange" data-test="exchange">
      <div className="line">
        <Pill tone={status.tone}>{status.words}</Pill>
        <span className="soft">{t(`pool:state.${card.state}`)}</span>
      </div>
      <dl className="facts two">
        <dt>{t("pool:fact.records")}</dt>
        <dd>{card.recordsWaiting}</dd>
        <dt>{t(isLimit ? "pool:fact.speed.up" : "pool:fact.speed")}</dt>
        <dd data-test="speed">
          {arrivals && arrivals.rate !== null
            ? t(isLimit ? "pool:fact.speed.limit" : "pool:fact.speed.value", {
                speed: speed(arrivals.rate),
                at: moment(arrivals.measured ?? 0),
              })
            : t("pool:fact.speed.none")}
        </dd>
        <dt>{t("pool:fact.items")}</dt>
        <dd>{itemsWords(card)}</dd>
        <dt>{t("pool:fact.all")}</dt>
        <dd data-test="all-in">{allWords(card, arrivals)}</dd>
        <dt>{t("pool:fact.answer")}</dt>
        <dd>{card.lastAnswer === null ? t("pool:fact.never") : moment(card.lastAnswer)}</dd>
        <dt>{t("pool:fact.bulletin")}</dt>
        <dd>
          {arrivals && arrivals.bulletin !== null ? (
            moment(arrivals.bulletin)
          ) : (
            <button type="button" className="link" onClick={() => go({ room: "settings" })}>
              {t("pool:fact.bulletin.set")}
            </button>
          )}
        </dd>
        {Math.abs(card.clockAheadMs) > 60_000 ? (
          <>
            <dt>{t("pool:fact.clock")}</dt>
            <dd className="warn">
              {t("pool:fact.clock.value", { seconds: Math.round(card.clockAheadMs / 1000) })}
            </dd>
          </>
        ) : null}
      </dl>
      {late ? (
        <p className="warn" data-test="late">
          {late}
        </p>
      ) : null}
      {card.renewal ? <Renewal renewal={card.renewal} /> : null}
      {card.trouble && card.state !== "offline" ? (
        <p className="alarm" role="alert">
          {sentenceOf(card.trouble)}
        </p>
      ) : null}
    </div>
  );
}

/** That this computer has a new name, why, and what became of what had not arrived. */
function Renewal({ renewal }: { renewal: RenewalCard }) {
  const { t } = useTranslation();
  const first = t(renewal.why === "restored" ? "pool:renewed.restored" : "pool:renewed.fork", {
    at: moment(renewal.at),
  });
  const done = renewal.records === 0 ? "pool:renewed.nothing" : "pool:renewed.done";
  const then = renewal.isOpen ? t("pool:renewed.open") : t(done, { count: renewal.records });
  return (
    <p className={renewal.isOpen ? "warn" : "soft"} role="status" data-test="renewal">
      {first} {then}
    </p>
  );
}
