import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSync } from "../../app/asks";
import { statusOf } from "../../app/StatusPill";
import { commands } from "../../border/commands";
import type { SyncCard, SyncItem } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAct } from "../../kit/ask";
import { Empty } from "../../kit/Empty";
import { sentenceOf } from "../../kit/failure";
import { moment, size } from "../../kit/format";
import { Pill, percent, WherePill } from "../../kit/Pill";
import { Foot, Top } from "../../kit/Slots";
import { Log } from "./Log";
import { Parcels } from "./Parcels";
import "./pool.css";

/** What is safe in the pool, what waits, what needs a person. */
export function Pool() {
  const { t } = useTranslation();
  const sync = useSync();
  const now = useAct(commands.syncNow, "sync");
  return (
    <>
      <Top title={t("app:room.pool")} crumb={sync.data?.poolUrl}>
        <Button
          variant="default"
          loading={now.busy}
          disabled={sync.data?.state === "off"}
          onClick={() => void now.run()}
        >
          {t("pool:now")}
        </Button>
      </Top>
      <Foot>
        <span>{t("pool:foot")}</span>
      </Foot>
      <div className="room pool">
        <div className="pool-main">
          <Asked asked={sync}>{(card) => <Exchange card={card} />}</Asked>
          <Parcels />
        </div>
        <Log />
      </div>
    </>
  );
}

function Exchange({ card }: { card: SyncCard }) {
  const { t } = useTranslation();
  const status = statusOf(card);
  const needs = card.items.filter((one) => one.whereabouts.at === "needs-you");
  const moving = card.items.filter((one) => one.whereabouts.at === "moving");
  const waiting = card.items.filter(
    (one) => one.whereabouts.at === "waiting" || one.whereabouts.at === "local",
  );
  const done = card.items.filter((one) => one.whereabouts.at === "pooled");
  return (
    <>
      <div className="card exchange">
        <Pill tone={status.tone}>{status.words}</Pill>
        <p className="soft">{t(`pool:state.${card.state}`)}</p>
        <dl className="facts">
          <dt>{t("pool:fact.records")}</dt>
          <dd>{card.recordsWaiting}</dd>
          <dt>{t("pool:fact.items")}</dt>
          <dd>{t("pool:fact.items.value", { count: card.itemsWaiting, size: size(card.bytesWaiting) })}</dd>
          <dt>{t("pool:fact.answer")}</dt>
          <dd>{card.lastAnswer === null ? t("pool:fact.never") : moment(card.lastAnswer)}</dd>
          {Math.abs(card.clockAheadMs) > 60_000 ? (
            <>
              <dt>{t("pool:fact.clock")}</dt>
              <dd className="warn">
                {t("pool:fact.clock.value", { seconds: Math.round(card.clockAheadMs / 1000) })}
              </dd>
            </>
          ) : null}
        </dl>
        {card.trouble && card.state !== "offline" ? (
          <p className="alarm" role="alert">
            {sentenceOf(card.trouble)}
          </p>
        ) : null}
      </div>
      <Group name="needs" items={needs} always />
      <Group name="moving" items={moving} />
      <Group name="waiting" items={waiting} />
      <Group name="done" items={done} />
    </>
  );
}

function Group({
  name,
  items,
  always = false,
}: {
  name: string;
  items: readonly SyncItem[];
  always?: boolean;
}) {
  const { t } = useTranslation();
  if (items.length === 0 && !always) return null;
  return (
    <section aria-label={t(`pool:group.${name}`)}>
      <h2 className="heading">
        {t(`pool:group.${name}`)} {items.length}
      </h2>
      <div className="card">
        {items.length === 0 ? <Empty words={t(`pool:group.${name}.none`)} /> : null}
        <ul className="plain-list">
          {items.map((item) => (
            <li className="row" key={`${item.what}${item.title}${item.story ?? ""}`}>
              <span className="muted what">{t(`pool:what.${item.what}`)}</span>
              <span className="grow">
                <span className="clip-text" style={{ display: "block" }}>
                  {item.title || t("kit:untitled")}
                </span>
                {item.whereabouts.at === "needs-you" ? (
                  <span className="small alarm">{sentenceOf(item.whereabouts.code)}</span>
                ) : null}
                {item.whereabouts.at === "moving" ? (
                  <span className="small muted">
                    {size(item.whereabouts.done)} / {size(item.whereabouts.total)} ·{" "}
                    {percent(item.whereabouts.done, item.whereabouts.total)}%
                  </span>
                ) : null}
              </span>
              <WherePill where={item.whereabouts} />
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
