import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/asks";
import { go, usePlace } from "../../app/place";
import { commands } from "../../border/commands";
import type { ChannelCard, PushCard } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAsk } from "../../kit/ask";
import { Empty } from "../../kit/Empty";
import { moment, shortHash } from "../../kit/format";
import { Pill } from "../../kit/Pill";
import { Foot, Top } from "../../kit/Slots";
import { ChannelForm } from "./ChannelForm";
import { ChannelPanel } from "./ChannelPanel";
import "./push.css";

/** Signed stories, and each channel's way out. */
export function Push() {
  const { t } = useTranslation();
  const list = useAsk(["push"], commands.pushList);
  const channels = useAsk(["channels"], commands.channels);
  const { story } = usePlace();
  const me = useMe();
  const [editing, setEditing] = useState<ChannelCard | "new" | null>(null);
  const mayKeep = me?.roles.some((role) => role === "operator" || role === "administrator") ?? false;
  const chosen = list.data?.find((one) => one.card.story === story) ?? list.data?.[0];
  return (
    <>
      <Top title={t("app:room.push")} crumb={t("push:crumb", { count: list.data?.length ?? 0 })}>
        {mayKeep ? (
          <Button variant="default" onClick={() => setEditing("new")} data-test="channel-new">
            {t("push:channel.new")}
          </Button>
        ) : null}
      </Top>
      <Foot>
        <span>{t("push:foot", { count: channels.data?.length ?? 0 })}</span>
      </Foot>
      <div className="room push">
        <nav className="pane left" aria-label={t("push:stories")}>
          <Asked asked={list}>
            {(cards) =>
              cards.length === 0 ? (
                <Empty words={t("push:empty")} tip={t("push:empty.tip")} />
              ) : (
                <ul className="plain-list">
                  {cards.map((card) => (
                    <StoryChoice key={card.card.story} card={card} on={card === chosen} />
                  ))}
                </ul>
              )
            }
          </Asked>
        </nav>
        <section className="push-main" aria-label={t("push:channels")}>
          {chosen ? <Signed card={chosen} /> : null}
          <Asked asked={channels}>
            {(ways) =>
              ways.length === 0 ? (
                <Empty words={t("push:channels.empty")} tip={t("push:channels.tip")}>
                  {mayKeep ? (
                    <Button onClick={() => setEditing("new")}>{t("push:channel.new")}</Button>
                  ) : null}
                </Empty>
              ) : (
                <div className="channels">
                  {ways.map((way) => (
                    <ChannelPanel
                      key={`${way.channel}${chosen?.card.story ?? ""}`}
                      channel={way}
                      signed={chosen}
                      onEdit={mayKeep ? () => setEditing(way) : undefined}
                    />
                  ))}
                </div>
              )
            }
          </Asked>
        </section>
      </div>
      {editing ? <ChannelForm channel={editing} onClose={() => setEditing(null)} /> : null}
    </>
  );
}

function StoryChoice({ card, on }: { card: PushCard; on: boolean }) {
  const { t } = useTranslation();
  const out = card.deliveries.filter((one) => one.state === "released").length;
  return (
    <li>
      <button
        type="button"
        className="choice"
        aria-current={on ? "true" : undefined}
        onClick={() => go({ story: card.card.story })}
      >
        <strong>{card.card.headline || t("kit:untitled")}</strong>
        <span className="small muted">
          {t(`kit:genre.${card.card.genre}`)} · {card.card.authorName} · {moment(card.card.updated)}
        </span>
        {out > 0 ? <span className="small ok">{t("push:out", { count: out })}</span> : null}
      </button>
    </li>
  );
}

function Signed({ card }: { card: PushCard }) {
  const { t } = useTranslation();
  const final = card.signatures.at(-1);
  return (
    <header className="line">
      <h2 className="push-headline grow">{card.card.headline || t("kit:untitled")}</h2>
      <Pill tone="ok">
        {t("push:signed", { name: final?.byName ?? "", at: final ? moment(final.at) : "" })}
      </Pill>
      <span className="small muted">{t("push:print", { print: shortHash(card.rev) })}</span>
    </header>
  );
}
