import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { KeyStore } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { noPassphrase, PassphraseFields } from "./Passphrase";

/** A new centre whose pool runs on this machine. */
export function StartCentre({ keyStore }: { keyStore: KeyStore }) {
  const { t } = useTranslation();
  const [centre, setCentre] = useState("");
  const [name, setName] = useState("");
  const [passphrase, setPassphrase] = useState(() => noPassphrase(keyStore));
  const start = useAct(commands.startCentre, "app");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void start.run(centre.trim(), name.trim(), passphrase.value);
  };
  const ready = centre.trim() !== "" && name.trim() !== "" && passphrase.ready;
  return (
    <form className="stack" onSubmit={submit}>
      <p className="small soft">{t("app:first.start.note")}</p>
      <TextInput
        label={t("app:first.start.centre")}
        value={centre}
        onChange={(event) => setCentre(event.currentTarget.value)}
      />
      <TextInput
        label={t("app:first.start.name")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PassphraseFields keyStore={keyStore} onChange={setPassphrase} />
      <Button type="submit" disabled={!ready} loading={start.busy} data-test="start-centre">
        {t("app:first.go.start")}
      </Button>
    </form>
  );
}
