import { Button, TextInput } from "@mantine/core";
import { type ClipboardEvent, type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { InvitationCard, KeyStore } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { moment } from "../../kit/format";
import { noPassphrase, PassphraseFields } from "./Passphrase";

/** Joins a centre with what its administrator made: a file, a text, or a picture of squares, chosen or pasted. */
export function JoinCentre({ keyStore }: { keyStore: KeyStore }) {
  const { t } = useTranslation();
  const [path, setPath] = useState("");
  const [card, setCard] = useState<InvitationCard | null>(null);
  const [passphrase, setPassphrase] = useState(() => noPassphrase(keyStore));
  const read = useAct(commands.readInvitation);
  const pick = useAct(commands.pickFile);
  const join = useAct(commands.joinCentre, "app");
  const seen = useAct(commands.invitationInPicture);

  const look = async (where: string) => setCard((await read.run(where)) ?? null);
  const choose = async () => {
    const picked = await pick.run("invitation");
    if (!picked) return;
    setPath(picked);
    await look(picked);
  };
  const take = async (picture: File) => {
    const text = await seen.run(await base64Of(picture));
    if (!text) return;
    setPath(text);
    await look(text);
  };
  const paste = (event: ClipboardEvent) => {
    const picture = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
    if (!picture) return;
    event.preventDefault();
    void take(picture);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (card) void join.run(path, passphrase.value);
    else void look(path);
  };
  return (
    <form className="stack" onSubmit={submit} onPaste={paste}>
      <div className="line" style={{ alignItems: "flex-end", flexWrap: "nowrap" }}>
        <TextInput
          className="grow"
          label={t("app:first.join.path")}
          description={t("app:first.join.path.note")}
          value={path}
          onChange={(event) => {
            setPath(event.currentTarget.value);
            setCard(null);
          }}
          data-test="invitation-path"
        />
        <Button variant="default" onClick={() => void choose()}>
          {t("kit:choose")}
        </Button>
      </div>
      {card ? (
        <>
          <InvitationFacts card={card} />
          <PassphraseFields keyStore={keyStore} onChange={setPassphrase} />
          <Button type="submit" disabled={!passphrase.ready} loading={join.busy} data-test="join-centre">
            {t("app:first.go.join")}
          </Button>
        </>
      ) : (
        <Button
          type="submit"
          variant="default"
          disabled={path === ""}
          loading={read.busy || seen.busy}
          data-test="read-invitation"
        >
          {t("app:first.join.read")}
        </Button>
      )}
    </form>
  );
}

/** The bytes of a pasted picture, for the core to look at. */
async function base64Of(picture: File): Promise<string> {
  const bytes = new Uint8Array(await picture.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  }
  return btoa(text);
}

function InvitationFacts({ card }: { card: InvitationCard }) {
  const { t } = useTranslation();
  return (
    <div role="status">
      <strong>{t("app:first.join.says", { centre: card.centre, name: card.name })}</strong>
      <dl className="facts">
        <dt>{t("app:first.join.roles")}</dt>
        <dd>{card.roles.map((role) => t(`kit:role.${role}`)).join(t("kit:list-separator"))}</dd>
        <dt>{t("app:first.join.pool")}</dt>
        <dd>{card.poolUrl}</dd>
        <dt>{t("app:first.join.expires")}</dt>
        <dd>{moment(card.expires)}</dd>
      </dl>
    </div>
  );
}
