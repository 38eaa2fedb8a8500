import { Button } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { ChannelCard, DeliveryCard, PushCard } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAct, useAsk } from "../../kit/ask";
import { Findings } from "../../kit/Findings";
import { Deliveries } from "./Deliveries";
import { deliveriesOn, mayRelease } from "./model";
import { ResolveDialog } from "./ResolveDialog";

type Props = { channel: ChannelCard; signed: PushCard | undefined; onEdit: (() => void) | undefined };

/** One channel for one story: who releases, what the rehearsal says, what went out. */
export function ChannelPanel({ channel, signed, onEdit }: Props) {
  const { t } = useTranslation();
  const [unknown, setUnknown] = useState<DeliveryCard | null>(null);
  const lane = channel.laneIsMine ? "mine" : channel.lane === null ? "pool" : "other";
  return (
    <section className="card channel" aria-label={channel.name} data-test={`channel-${channel.name}`}>
      <header className="line">
        <h3 className="grow">{channel.name}</h3>
        <span className="small muted">{t(`push:kind.${channel.kind}`)}</span>
        {onEdit ? (
          <button
            type="button"
            className="link"
            aria-label={t("push:channel.edit.named", { name: channel.name })}
            onClick={onEdit}
          >
            {t("push:channel.edit")}
          </button>
        ) : null}
      </header>
      <p className="small soft">{t(`push:lane.${lane}`)}</p>
      {channel.hasSecret === false ? <p className="small warn">{t("push:no-secret")}</p> : null}
      {signed ? <Way channel={channel} signed={signed} onUnknown={setUnknown} /> : null}
      {unknown ? <ResolveDialog delivery={unknown} onClose={() => setUnknown(null)} /> : null}
    </section>
  );
}

type WayProps = { channel: ChannelCard; signed: PushCard; onUnknown: (delivery: DeliveryCard) => void };

function Way({ channel, signed, onUnknown }: WayProps) {
  const { t } = useTranslation();
  const story = signed.card.story;
  const deliveries = deliveriesOn(signed, channel);
  const last = deliveries[0];
  const open = last === undefined || last.state === "refused" || last.state === "not-released";
  const rehearsal = useAsk(
    ["push", "rehearsal", story, channel.channel, signed.rev],
    () => commands.rehearse(story, channel.channel),
    open,
  );
  const release = useAct(commands.release, "push", "stories", "jobs");
  const ask = () =>
    modals.openConfirmModal({
      title: t("push:release.ask", { channel: channel.name }),
      children: <p>{t("push:release.note", { headline: signed.card.headline })}</p>,
      labels: { confirm: t("push:release.confirm"), cancel: t("kit:cancel") },
      onConfirm: () => void release.run(story, channel.channel),
    });
  return (
    <>
      {open ? (
        <>
          <Asked asked={rehearsal}>
            {(findings) => <Findings findings={findings} none={t("push:rehearsed")} />}
          </Asked>
          <Button
            variant="outline"
            onClick={ask}
            disabled={channel.hasSecret === false || !mayRelease(last, rehearsal.data)}
            loading={release.busy}
            aria-label={t("push:release.named", { channel: channel.name })}
            data-test="release"
          >
            {t("push:release")}
          </Button>
        </>
      ) : null}
      <Deliveries deliveries={deliveries} onUnknown={onUnknown} />
    </>
  );
}
