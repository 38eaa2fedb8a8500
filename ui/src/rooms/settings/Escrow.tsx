import { Button, Modal, PasswordInput } from "@mantine/core";
import type { TFunction } from "i18next";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { EscrowCard } from "../../border/generated";
import { useAct, useAsk } from "../../kit/ask";
import { exact } from "../../kit/format";
import { tell } from "../../kit/notices";

/** The centre's keeping of this library's key; only its owner says yes. Without a line, or an escrow, it says so. */
export function Escrow({ inKeyring }: { inKeyring: boolean }) {
  const { t } = useTranslation();
  const escrow = useAsk(["app", "escrow"], commands.escrow);
  const [asking, setAsking] = useState(false);
  const takeBack = useAct(commands.takeBackEscrow, "app", "sync");
  if (escrow.isPending) return null;
  const card = escrow.data;
  const back = async () => {
    if (await takeBack.run()) tell(t("settings:escrow.taken-back"));
  };
  return (
    <div className="stack tight" data-test="escrow">
      <h3 className="heading">{t("settings:escrow")}</h3>
      <p className="small soft">{words(card, t)}</p>
      {card?.fingerprint ? (
        <div className="line">
          {card.given === null || card.isOutdated ? (
            <Button variant="default" onClick={() => setAsking(true)} data-test="escrow-give">
              {t("settings:escrow.give")}
            </Button>
          ) : null}
          {card.given === null ? null : (
            <Button variant="default" loading={takeBack.busy} onClick={() => void back()}>
              {t("settings:escrow.take-back")}
            </Button>
          )}
        </div>
      ) : null}
      {asking && card ? <Consent card={card} inKeyring={inKeyring} onClose={() => setAsking(false)} /> : null}
    </div>
  );
}

function words(card: EscrowCard | undefined, t: TFunction): string {
  if (!card) return t("settings:escrow.unknown");
  if (card.fingerprint === null) return t("settings:escrow.none");
  if (card.given === null) return t("settings:escrow.offered");
  return t(card.isOutdated ? "settings:escrow.outdated" : "settings:escrow.given", { at: exact(card.given) });
}

type ConsentProps = { card: EscrowCard; inKeyring: boolean; onClose: () => void };

/** What it means, said before it is done. */
function Consent({ card, inKeyring, onClose }: ConsentProps) {
  const { t } = useTranslation();
  const [passphrase, setPassphrase] = useState("");
  const give = useAct(commands.giveEscrow, "app", "sync");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!(await give.run(inKeyring ? null : passphrase))) return;
    tell(t("settings:escrow.done"));
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("settings:escrow.title")}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <ul className="said">
          {["what", "who", "not", "back"].map((part) => (
            <li key={part}>{t(`settings:escrow.says.${part}`)}</li>
          ))}
        </ul>
        <p>
          {t("settings:escrow.fingerprint")} <code className="mono">{card.fingerprint}</code>
        </p>
        {inKeyring ? null : (
          <PasswordInput
            label={t("settings:keys.old")}
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
            visibilityToggleButtonProps={{ "aria-label": t("app:passphrase.show"), tabIndex: 0 }}
          />
        )}
        <Button
          type="submit"
          loading={give.busy}
          disabled={!inKeyring && passphrase === ""}
          data-test="escrow-go"
        >
          {t("settings:escrow.go")}
        </Button>
      </form>
    </Modal>
  );
}
