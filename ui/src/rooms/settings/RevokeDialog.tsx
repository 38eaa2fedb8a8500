import { Button, Modal, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { DeviceCard } from "../../border/generated";
import { useAct } from "../../kit/ask";

type Props = { device: DeviceCard; name: string; onClose: () => void };

/** Shuts a lost laptop out of the pool; it cannot be taken back, so it asks for the reason. */
export function RevokeDialog({ device, name, onClose }: Props) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
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
        <p className="soft">{t("settings:revoke.note")}</p>
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
