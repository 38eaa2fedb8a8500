import { ActionIcon, Button, Modal, Select, Textarea, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ReasonCard } from "../../border/generated";
import type { Verbs } from "./useVerbs";

const CODES = ["fact", "wording", "structure", "picture", "source", "other"];

/** A return needs at least one reason that says what to do. */
export function ReturnDialog({ verbs, passage }: { verbs: Verbs; passage: string }) {
  const { t } = useTranslation();
  const [reasons, setReasons] = useState<ReasonCard[]>([{ code: "fact", place: passage.trim(), note: "" }]);
  const set = (index: number, part: Partial<ReasonCard>) =>
    setReasons((before) => before.map((one, at) => (at === index ? { ...one, ...part } : one)));
  const ready = reasons.length > 0 && reasons.every((one) => one.note.trim() !== "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void verbs.giveBack(reasons.map((one) => ({ ...one, place: one.place.trim(), note: one.note.trim() })));
  };
  return (
    <Modal
      opened
      onClose={verbs.stopAsking}
      size={560}
      title={t("review:return.title")}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <form className="stack" onSubmit={submit} data-test="return-form">
        {reasons.map((reason, index) => (
          <fieldset key={index} className="reason">
            <legend>{t("review:reason.nth", { nth: index + 1 })}</legend>
            <div className="line" style={{ flexWrap: "nowrap", alignItems: "flex-end" }}>
              <Select
                label={t("review:reason.code")}
                value={reason.code}
                onChange={(code) => set(index, { code: code ?? "other" })}
                data={CODES.map((value) => ({ value, label: t(`kit:reason.${value}`) }))}
              />
              <TextInput
                className="grow"
                label={t("review:reason.place")}
                value={reason.place}
                onChange={(event) => set(index, { place: event.currentTarget.value })}
              />
              {reasons.length > 1 ? (
                <ActionIcon
                  aria-label={t("review:reason.remove", { nth: index + 1 })}
                  onClick={() => setReasons(reasons.filter((_, at) => at !== index))}
                >
                  <IconTrash size={16} aria-hidden />
                </ActionIcon>
              ) : null}
            </div>
            <Textarea
              label={t("review:reason.note")}
              data-autofocus={index === 0 || undefined}
              value={reason.note}
              onChange={(event) => set(index, { note: event.currentTarget.value })}
            />
          </fieldset>
        ))}
        <div className="line">
          <Button
            variant="default"
            onClick={() => setReasons([...reasons, { code: "wording", place: "", note: "" }])}
          >
            {t("review:reason.add")}
          </Button>
          <span className="grow" />
          <Button
            type="submit"
            color="alarm"
            disabled={!ready}
            loading={verbs.busy}
            data-test="return-confirm"
          >
            {t("review:return.confirm")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
