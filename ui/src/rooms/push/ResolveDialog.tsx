import { Button, Modal, Radio, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { DeliveryCard } from "../../border/generated";
import { useAct } from "../../kit/ask";

/** A person who has looked says whether an unknown release went out. */
export function ResolveDialog({ delivery, onClose }: { delivery: DeliveryCard; onClose: () => void }) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState("");
  const [url, setUrl] = useState("");
  const [reason, setReason] = useState("");
  const resolve = useAct(commands.resolvePush, "push", "stories");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const released = outcome === "yes";
    if (
      await resolve.run(delivery.push, { released, url: released ? url.trim() : "", reason: reason.trim() })
    )
      onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("push:resolve.title", { channel: delivery.channelName })}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <p className="small soft">{t("push:resolve.note")}</p>
        <Radio.Group label={t("push:resolve.found")} value={outcome} onChange={setOutcome}>
          <div className="stack tight" style={{ marginTop: 6 }}>
            <Radio value="yes" label={t("push:resolve.yes")} />
            <Radio value="no" label={t("push:resolve.no")} />
          </div>
        </Radio.Group>
        {outcome === "yes" ? (
          <TextInput
            label={t("push:resolve.url")}
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
          />
        ) : null}
        <Textarea
          label={t("push:resolve.reason")}
          required
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button type="submit" disabled={outcome === "" || reason.trim() === ""} loading={resolve.busy}>
          {t("push:resolve.save")}
        </Button>
      </form>
    </Modal>
  );
}
