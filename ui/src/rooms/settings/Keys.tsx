import { Button, PasswordInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { KeysCard } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAct, useAsk } from "../../kit/ask";
import { tell } from "../../kit/notices";
import { Escrow } from "./Escrow";

const SHORTEST = 8;

/** Under what the library's keys lie, another passphrase, the keyring, and the centre's escrow. */
export function Keys() {
  const { t } = useTranslation();
  const keys = useAsk(["app", "keys"], commands.keys);
  return (
    <section className="card choices" aria-label={t("settings:keys")}>
      <h2 className="heading">{t("settings:keys")}</h2>
      <Asked asked={keys}>
        {(card) => (
          <>
            <p className="small soft" data-test="keys-place">
              {t(card.inKeyring ? "settings:keys.keyring" : "settings:keys.passphrase")}
            </p>
            <Change card={card} />
            <Escrow inKeyring={card.inKeyring} />
          </>
        )}
      </Asked>
    </section>
  );
}

/** One form at a time: a new passphrase, or the keyring. */
function Change({ card }: { card: KeysCard }) {
  const { t } = useTranslation();
  const [way, setWay] = useState<"none" | "passphrase" | "keyring">("none");
  const close = () => setWay("none");
  if (way !== "none") return <ChangeForm card={card} way={way} onClose={close} />;
  return (
    <div className="line">
      <Button variant="default" onClick={() => setWay("passphrase")} data-test="keys-change">
        {t(card.inKeyring ? "settings:keys.use-passphrase" : "settings:keys.change")}
      </Button>
      {!card.inKeyring && card.keyStore === "works" ? (
        <Button variant="default" onClick={() => setWay("keyring")}>
          {t("settings:keys.use-keyring")}
        </Button>
      ) : null}
    </div>
  );
}

type FormProps = { card: KeysCard; way: "passphrase" | "keyring"; onClose: () => void };

function ChangeForm({ card, way, onClose }: FormProps) {
  const { t } = useTranslation();
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const change = useAct(commands.changeKeys, "app", "sync");
  const needsOld = !card.inKeyring;
  const isReady =
    (!needsOld || old !== "") && (way === "keyring" || (next.length >= SHORTEST && next === again));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const done = await change.run(needsOld ? old : null, way === "keyring" ? null : next);
    if (!done) return;
    tell(t(way === "keyring" ? "settings:keys.moved" : "settings:keys.changed"));
    onClose();
  };
  const show = { "aria-label": t("app:passphrase.show"), tabIndex: 0 };
  return (
    <form className="stack tight" onSubmit={(event) => void submit(event)}>
      {needsOld ? (
        <PasswordInput
          label={t("settings:keys.old")}
          value={old}
          onChange={(event) => setOld(event.currentTarget.value)}
          visibilityToggleButtonProps={show}
        />
      ) : null}
      {way === "passphrase" ? (
        <>
          <PasswordInput
            label={t("settings:keys.new")}
            description={t("settings:keys.new.note")}
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
            visibilityToggleButtonProps={show}
          />
          <PasswordInput
            label={t("settings:keys.again")}
            value={again}
            error={again !== "" && again !== next ? t("app:first.keys.differ") : undefined}
            onChange={(event) => setAgain(event.currentTarget.value)}
            visibilityToggleButtonProps={show}
          />
        </>
      ) : (
        <p className="small soft">{t("settings:keys.use-keyring.note")}</p>
      )}
      <div className="line">
        <Button type="submit" loading={change.busy} disabled={!isReady} data-test="keys-go">
          {t(way === "keyring" ? "settings:keys.use-keyring.go" : "settings:keys.go")}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("kit:cancel")}
        </Button>
      </div>
    </form>
  );
}
