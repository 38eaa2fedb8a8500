import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asFailure } from "../border/call";
import { commands } from "../border/commands";
import type { Failure } from "../border/generated";
import { useAct } from "../kit/ask";
import { Trouble } from "./Trouble";

const SHORTEST = 8;

/** A forgotten passphrase: the centre's recovery file, the code that was read out for it, and a new passphrase. */
export function Forgotten({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const pick = useAct(commands.pickFile);
  const [given, setGiven] = useState({ file: "", code: "", next: "", again: "" });
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Failure | null>(null);
  const set = (part: Partial<typeof given>) => setGiven((before) => ({ ...before, ...part }));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await commands.recover(given.file, given.code, given.next);
      await client.invalidateQueries({ queryKey: ["app"] });
    } catch (thrown) {
      setRefused(asFailure(thrown));
    } finally {
      setBusy(false);
    }
  };
  const isReady =
    given.file !== "" && given.code !== "" && given.next.length >= SHORTEST && given.next === given.again;
  const show = { "aria-label": t("app:passphrase.show"), tabIndex: 0 };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)} aria-label={t("app:forgotten.title")}>
      <p className="small soft">{t("app:forgotten.note")}</p>
      <div className="line" style={{ alignItems: "flex-end", flexWrap: "nowrap" }}>
        <TextInput
          className="grow"
          label={t("app:forgotten.file")}
          value={given.file}
          onChange={(event) => set({ file: event.currentTarget.value })}
        />
        <Button
          variant="default"
          onClick={() => void pick.run("recovery").then((file) => file && set({ file }))}
        >
          {t("kit:choose")}
        </Button>
      </div>
      <TextInput
        label={t("app:forgotten.code")}
        value={given.code}
        onChange={(event) => set({ code: event.currentTarget.value })}
      />
      <PasswordInput
        label={t("app:first.keys.passphrase")}
        value={given.next}
        onChange={(event) => set({ next: event.currentTarget.value })}
        visibilityToggleButtonProps={show}
      />
      <PasswordInput
        label={t("app:first.keys.again")}
        value={given.again}
        error={given.again !== "" && given.again !== given.next ? t("app:first.keys.differ") : undefined}
        onChange={(event) => set({ again: event.currentTarget.value })}
        visibilityToggleButtonProps={show}
      />
      {refused ? <Trouble failure={refused} /> : null}
      <Button type="submit" loading={busy} disabled={!isReady}>
        {t("app:forgotten.go")}
      </Button>
      <button type="button" className="link" onClick={onBack}>
        {t("kit:back")}
      </button>
    </form>
  );
}
