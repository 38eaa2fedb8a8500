import { Button, Checkbox, Modal, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { InvitationMade, PersonCard, Role } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { FolderField } from "../../kit/FolderField";
import { exact } from "../../kit/format";
import { tell } from "../../kit/notices";
import { Squares } from "./Squares";

const ROLES: readonly Role[] = ["reporter", "editor", "head", "chief", "operator", "administrator"];

type Props = { person: PersonCard | null; onClose: () => void };

/** Makes an invitation for a colleague, or for one more computer of a colleague: squares, a text, a file. */
export function InviteDialog({ person, onClose }: Props) {
  const { t } = useTranslation();
  const [made, setMade] = useState<InvitationMade | null>(null);
  const title = person ? t("settings:invite.also", { name: person.name }) : t("settings:invite.title");
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={made ? "xl" : "md"}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      {made ? <Made made={made} onClose={onClose} /> : <InviteForm person={person} onMade={setMade} />}
    </Modal>
  );
}

/** The invitation in its three forms. */
function Made({ made, onClose }: { made: InvitationMade; onClose: () => void }) {
  const { t } = useTranslation();
  const copy = async () => {
    await navigator.clipboard.writeText(made.text);
    tell(t("settings:invite.copied"));
  };
  return (
    <div className="invitation">
      <Squares card={made.squares} name={t("settings:invite.squares")} />
      <div className="stack">
        <p role="status">{t("settings:invite.made")}</p>
        <p className="small soft">{t("settings:invite.photo")}</p>
        {made.path ? (
          <p className="small">
            {t("settings:invite.file")}{" "}
            <code className="made" data-test="invitation-made">
              {made.path}
            </code>
          </p>
        ) : null}
        <p className="small warn">{t("settings:invite.care", { at: exact(made.expires) })}</p>
        <div className="line">
          <Button variant="default" onClick={() => void copy()}>
            {t("settings:invite.copy")}
          </Button>
          <Button onClick={onClose}>{t("kit:close")}</Button>
        </div>
      </div>
    </div>
  );
}

type FormProps = { person: PersonCard | null; onMade: (made: InvitationMade | null) => void };

function InviteForm({ person, onMade }: FormProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(person?.name ?? "");
  const [roles, setRoles] = useState<Role[]>(person?.roles ?? ["reporter"]);
  const [folder, setFolder] = useState("");
  const invite = useAct(commands.invite, "people");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    onMade((await invite.run(name.trim(), roles, folder.trim(), person?.person ?? null)) ?? null);
  };
  const toggle = (role: Role, on: boolean) =>
    setRoles((before) => (on ? [...before, role] : before.filter((one) => one !== role)));
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      {person ? (
        <p className="soft">{t("settings:invite.also.note", { name: person.name })}</p>
      ) : (
        <>
          <TextInput
            label={t("settings:invite.name")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <fieldset className="roles">
            <legend>{t("app:first.join.roles")}</legend>
            {ROLES.map((role) => (
              <Checkbox
                key={role}
                label={t(`kit:role.${role}`)}
                checked={roles.includes(role)}
                onChange={(event) => toggle(role, event.currentTarget.checked)}
              />
            ))}
          </fieldset>
        </>
      )}
      <FolderField
        label={t("settings:invite.folder")}
        note={t("settings:invite.folder.note")}
        value={folder}
        onChange={setFolder}
      />
      <Button type="submit" loading={invite.busy} disabled={name.trim() === "" || roles.length === 0}>
        {t("settings:invite.make")}
      </Button>
    </form>
  );
}
