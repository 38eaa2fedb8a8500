import { Button, Checkbox, Modal, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Hash } from "../../border/generated";
import type { Verbs } from "./useVerbs";

/** A fingerprint that two people can compare: groups of four. */
const grouped = (rev: Hash) => (rev.match(/.{4}/g) ?? []).join(" ");

/** Passes in one's own name after somebody else signed the sheet, and records who did. */
export function PaperDialog({ rev, verbs }: { rev: Hash; verbs: Verbs }) {
  const { t } = useTranslation();
  const [by, setBy] = useState("");
  const [date, setDate] = useState("");
  const [remarks, setRemarks] = useState("");
  const [isChecked, setChecked] = useState(false);
  const ready = isChecked && by.trim() !== "" && date.trim() !== "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void verbs.passOnPaper({ by: by.trim(), date: date.trim(), remarks: remarks.trim() });
  };
  return (
    <Modal
      opened
      onClose={verbs.stopAsking}
      size={560}
      title={t("review:paper.title")}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <form className="stack" onSubmit={submit} data-test="paper-form">
        <p className="small soft">{t("review:paper.what")}</p>
        <p className="small">
          {t("review:paper.print")}
          <br />
          <span className="mono">{grouped(rev)}</span>
        </p>
        <Checkbox
          label={t("review:paper.checked")}
          checked={isChecked}
          onChange={(event) => setChecked(event.currentTarget.checked)}
        />
        <TextInput
          data-autofocus
          label={t("review:paper.by")}
          value={by}
          onChange={(event) => setBy(event.currentTarget.value)}
        />
        <TextInput
          label={t("review:paper.date")}
          value={date}
          onChange={(event) => setDate(event.currentTarget.value)}
        />
        <Textarea
          label={t("review:paper.remarks")}
          value={remarks}
          onChange={(event) => setRemarks(event.currentTarget.value)}
        />
        <Button type="submit" disabled={!ready} loading={verbs.busy} data-test="paper-enter">
          {t("review:paper.enter")}
        </Button>
      </form>
    </Modal>
  );
}
