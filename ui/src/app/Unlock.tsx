import { Button, PasswordInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../border/commands";
import { useAct } from "../kit/ask";
import "./frame.css";

/** Asks for the passphrase of the library. */
export function Unlock() {
  const { t } = useTranslation();
  const [passphrase, setPassphrase] = useState("");
  const unlock = useAct(commands.unlock, "app");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void unlock.run(passphrase).then(() => setPassphrase(""));
  };
  return (
    <main className="alone">
      <form className="card stack" onSubmit={submit}>
        <h1>{t("app:unlock.title")}</h1>
        <p className="soft">{t("app:unlock.note")}</p>
        <PasswordInput
          label={t("app:unlock.passphrase")}
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          data-autofocus
          autoFocus
        />
        <Button type="submit" loading={unlock.busy} disabled={passphrase === ""}>
          {t("app:unlock.go")}
        </Button>
      </form>
    </main>
  );
}
