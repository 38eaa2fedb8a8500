import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/asks";
import { commands } from "../../border/commands";
import type { DeviceCard, PersonCard } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAsk } from "../../kit/ask";
import { Pill } from "../../kit/Pill";
import { InviteDialog } from "./InviteDialog";
import { RevokeDialog } from "./RevokeDialog";

/** The people of the centre and their laptops. */
export function People() {
  const { t } = useTranslation();
  const people = useAsk(["people"], commands.people);
  const me = useMe();
  const [inviting, setInviting] = useState(false);
  const [revoking, setRevoking] = useState<{ device: DeviceCard; name: string } | null>(null);
  const administers = me?.roles.includes("administrator") ?? false;
  return (
    <section className="card choices" aria-label={t("settings:people")}>
      <header className="line">
        <h2 className="heading grow" style={{ margin: 0 }}>
          {t("settings:people")}
        </h2>
        {administers ? (
          <Button variant="default" onClick={() => setInviting(true)} data-test="invite">
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
                onRevoke={administers ? (device) => setRevoking({ device, name: card.name }) : undefined}
              />
            ))}
          </ul>
        )}
      </Asked>
      {inviting ? <InviteDialog onClose={() => setInviting(false)} /> : null}
      {revoking ? <RevokeDialog {...revoking} onClose={() => setRevoking(null)} /> : null}
    </section>
  );
}

function Person({
  card,
  onRevoke,
}: {
  card: PersonCard;
  onRevoke: ((device: DeviceCard) => void) | undefined;
}) {
  const { t } = useTranslation();
  return (
    <li className="person">
      <div className="line">
        <strong>{card.name}</strong>
        <span className="small muted">
          {card.roles.map((role) => t(`kit:role.${role}`)).join(t("kit:list-separator"))}
        </span>
      </div>
      {card.devices.map((device) => (
        <div className="line small" key={device.device}>
          <span className="mono muted">{device.device.slice(0, 8)}</span>
          {device.isThis ? <Pill tone="info">{t("settings:device.this")}</Pill> : null}
          {device.revoked ? <Pill tone="alarm">{t("settings:device.revoked")}</Pill> : null}
          {onRevoke && !device.revoked && !device.isThis ? (
            <button
              type="button"
              className="link"
              aria-label={t("settings:revoke.named", { name: card.name, device: device.device.slice(0, 8) })}
              onClick={() => onRevoke(device)}
            >
              {t("settings:revoke")}
            </button>
          ) : null}
        </div>
      ))}
    </li>
  );
}
