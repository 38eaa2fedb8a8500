import { Button, PasswordInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asFailure } from "../border/call";
import { commands } from "../border/commands";
import type { Failure } from "../border/generated";
import { Forgotten } from "./Forgotten";
import "./frame.css";
import { Trouble } from "./Trouble";

/** Asks for the passphrase of the library; a refusal is told here, beside the field. */
export function Unlock() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const field = useRef<HTMLInputElement>(null);
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [isForgotten, setForgotten] = useState(false);
  const [refused, setRefused] = useState<Failure | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await commands.unlock(passphrase);
      setRefused(null);
      await client.invalidateQueries({ queryKey: ["app"] });
    } catch (thrown) {
      setRefused(asFailure(thrown));
      field.current?.select();
    } finally {
      setBusy(false);
    }
  };
  if (isForgotten) {
    return (
      <main className="alone">
        <section className="card stack">
          <h1>{t("app:forgotten.title")}</h1>
          <Forgotten onBack={() => setForgotten(false)} />
        </section>
      </main>
    );
  }
  return (
    <main className="alone">
      <form className="card stack" onSubmit={(event) => void submit(event)}>
        <div className="logo" aria-hidden>
          {t("app:mark")}
        </div>
        <div>
          <h1>{t("app:unlock.title")}</h1>
          <p className="soft">{t("app:unlock.note")}</p>
        </div>
        <PasswordInput
          ref={field}
          label={t("app:unlock.passphrase")}
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          error={refused?.code === "store.wrong-passphrase"}
          visibilityToggleButtonProps={{ "aria-label": t("app:passphrase.show"), tabIndex: 0 }}
          data-autofocus
          autoFocus
        />
        {refused ? <Trouble failure={refused} /> : null}
        <Button type="submit" loading={busy} disabled={passphrase === ""}>
          {t("app:unlock.go")}
        </Button>
        <button type="button" className="link" onClick={() => setForgotten(true)} data-test="forgotten">
          {t("app:forgotten")}
        </button>
      </form>
    </main>
  );
}
