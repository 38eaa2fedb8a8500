import { Button, Modal, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Verbs } from "./useVerbs";

/** Not using a story needs a reason that the author can read. */
export function RejectDialog({ verbs }: { verbs: Verbs }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void verbs.reject(reason.trim());
  };
  return (
    <Modal
      opened
      onClose={verbs.stopAsking}
      title={t("review:reject.title")}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <form className="stack" onSubmit={submit}>
        <Textarea
          data-autofocus
          label={t("review:reject.reason")}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button type="submit" color="alarm" disabled={reason.trim() === ""} loading={verbs.busy}>
          {t("review:reject.confirm")}
        </Button>
      </form>
    </Modal>
  );
}
