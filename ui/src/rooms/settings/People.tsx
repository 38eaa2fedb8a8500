import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/asks";
import { commands } from "../../border/commands";
import type { DeviceCard, DeviceFacts, PersonCard } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAsk } from "../../kit/ask";
import { moment } from "../../kit/format";
import { Pill } from "../../kit/Pill";
import { InviteDialog } from "./InviteDialog";
import { RevokeDialog } from "./RevokeDialog";

type Revoking = { device: DeviceCard; facts: DeviceFacts | undefined; name: string };

/** The people of the centre and their computers. */
export function People() {
  const { t } = useTranslation();
  const people = useAsk(["people"], commands.people);
  const facts = useAsk(["people", "facts"], commands.deviceFacts).data ?? [];
  const me = useMe();
  const [inviting, setInviting] = useState<{ person: PersonCard | null } | null>(null);
  const [revoking, setRevoking] = useState<Revoking | null>(null);
  const administers = me?.roles.includes("administrator") ?? false;
  return (
    <section className="card choices" aria-label={t("settings:people")}>
      <header className="line">
        <h2 className="heading grow" style={{ margin: 0 }}>
          {t("settings:people")}
        </h2>
        {administers ? (
          <Button variant="default" onClick={() => setInviting({ person: null })} data-test="invite">
            {t("settings:invite")}
          </Button>
        ) : null}
      </header>
      <Asked asked={people}>
        {(cards) => (
          <ul className="plain-list">
            {cards.map((card) => (
              <Person
                key={card.person}
                card={card}
                facts={facts}
                onInvite={administers ? () => setInviting({ person: card }) : undefined}
                onRevoke={
                  administers
                    ? (device) => setRevoking({ device, facts: of(facts, device), name: card.name })
                    : undefined
                }
              />
            ))}
          </ul>
        )}
      </Asked>
      {inviting ? <InviteDialog {...inviting} onClose={() => setInviting(null)} /> : null}
      {revoking ? <RevokeDialog {...revoking} onClose={() => setRevoking(null)} /> : null}
    </section>
  );
}

const of = (facts: readonly DeviceFacts[], card: DeviceCard) =>
  facts.find((one) => one.device === card.device);

type PersonProps = {
  card: PersonCard;
  facts: readonly DeviceFacts[];
  onInvite: (() => void) | undefined;
  onRevoke: ((device: DeviceCard) => void) | undefined;
};

function Person({ card, facts, onInvite, onRevoke }: PersonProps) {
  const { t } = useTranslation();
  return (
    <li className="person" data-test="person">
      <div className="line">
        <strong>{card.name}</strong>
        <span className="small muted grow">
          {card.roles.map((role) => t(`kit:role.${role}`)).join(t("kit:list-separator"))}
        </span>
        {onInvite ? (
          <button
            type="button"
            className="link small"
            aria-label={t("settings:invite.also", { name: card.name })}
            onClick={onInvite}
          >
            {t("settings:invite.more")}
          </button>
        ) : null}
      </div>
      {card.devices.map((device) => (
        <Device
          key={device.device}
          device={device}
          facts={of(facts, device)}
          name={card.name}
          onRevoke={onRevoke}
        />
      ))}
    </li>
  );
}

type DeviceProps = {
  device: DeviceCard;
  facts: DeviceFacts | undefined;
  name: string;
  onRevoke: ((device: DeviceCard) => void) | undefined;
};

function Device({ device, facts, name, onRevoke }: DeviceProps) {
  const { t } = useTranslation();
  const short = device.device.slice(0, 8);
  return (
    <div className="line small device" data-test="device">
      <span>{facts?.machine || t("settings:device")}</span>
      <span className="mono muted">{short}</span>
      {device.isThis ? <Pill tone="info">{t("settings:device.this")}</Pill> : null}
      {device.revoked ? <Pill tone="alarm">{t("settings:device.revoked")}</Pill> : null}
      {facts?.seenAt && !device.isThis ? (
        <span className="muted">{t("settings:device.seen", { at: moment(facts.seenAt) })}</span>
      ) : null}
      {onRevoke && !device.revoked && !device.isThis ? (
        <button
          type="button"
          className="link"
          aria-label={t("settings:revoke.named", { name, device: short })}
          onClick={() => onRevoke(device)}
        >
          {t("settings:revoke")}
        </button>
      ) : null}
    </div>
  );
}
