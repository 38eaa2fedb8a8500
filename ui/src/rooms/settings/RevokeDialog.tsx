import { Button, Modal, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { DeviceCard, DeviceFacts } from "../../border/generated";
import { useAct, useAsk } from "../../kit/ask";
import { moment } from "../../kit/format";

type Props = { device: DeviceCard; facts: DeviceFacts | undefined; name: string; onClose: () => void };

/** Shuts a lost computer out of the pool. It cannot be taken back: what happens is said first, and the reason asked. */
export function RevokeDialog({ device, facts, name, onClose }: Props) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const channels = useAsk(["channels"], commands.channels).data ?? [];
  const released = channels.filter((one) => one.lane === device.device).map((one) => one.name);
  const revoke = useAct(commands.revokeDevice, "people");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if ((await revoke.run(device.device, reason.trim())) !== undefined) onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("settings:revoke.title", { name })}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <p className="small muted">
          {facts?.machine || t("settings:device")} <span className="mono">{device.device.slice(0, 8)}</span>
          {facts?.seenAt ? ` · ${t("settings:device.seen", { at: moment(facts.seenAt) })}` : null}
        </p>
        <ul className="said" data-test="lost-says">
          <li>{t("settings:lost.now")}</li>
          <li>{t("settings:lost.before")}</li>
          <li>
            {facts?.seenAt
              ? t("settings:lost.unsent", { at: moment(facts.seenAt) })
              : t("settings:lost.unsent.never")}
          </li>
          <li>{t("settings:lost.disk")}</li>
          <li>
            {released.length > 0
              ? t("settings:lost.channels", { names: released.join(t("kit:list-separator")) })
              : t("settings:lost.channels.none")}
          </li>
          <li>{t("settings:lost.found")}</li>
        </ul>
        <Textarea
          label={t("settings:revoke.reason")}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button type="submit" color="alarm" disabled={reason.trim() === ""} loading={revoke.busy}>
          {t("settings:revoke.go")}
        </Button>
      </form>
    </Modal>
  );
}
