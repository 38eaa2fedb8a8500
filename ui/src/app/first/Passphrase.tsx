import { PasswordInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { KeyStore } from "../../border/generated";

const SHORTEST = 8;

/** The passphrase in hand: what to send, and whether the person may go on. */
export type Passphrase = { value: string | null; ready: boolean };

export const noPassphrase = (keyStore: KeyStore): Passphrase => ({
  value: null,
  ready: keyStore === "works",
});

/** Says what the key store probe found and asks for a passphrase where there is none. */
export function PassphraseFields({
  keyStore,
  onChange,
}: {
  keyStore: KeyStore;
  onChange: (next: Passphrase) => void;
}) {
  const { t } = useTranslation();
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  if (keyStore === "works") return <p className="small ok">{t("app:first.keys.works")}</p>;
  const say = (one: string, two: string) => {
    setFirst(one);
    setSecond(two);
    onChange({ value: one, ready: one.length >= SHORTEST && one === two });
  };
  return (
    <>
      <p className="small warn">{t("app:first.keys.missing")}</p>
      <PasswordInput
        visibilityToggleButtonProps={{ "aria-label": t("app:passphrase.show"), tabIndex: 0 }}
        label={t("app:first.keys.passphrase")}
        value={first}
        onChange={(event) => say(event.currentTarget.value, second)}
      />
      <PasswordInput
        visibilityToggleButtonProps={{ "aria-label": t("app:passphrase.show"), tabIndex: 0 }}
        label={t("app:first.keys.again")}
        value={second}
        error={second !== "" && first !== second ? t("app:first.keys.differ") : undefined}
        onChange={(event) => say(first, event.currentTarget.value)}
      />
    </>
  );
}
