import { Button, Checkbox, Modal, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { Role } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { FolderField } from "../../kit/FolderField";

const ROLES: readonly Role[] = ["reporter", "editor", "head", "chief", "operator", "administrator"];

/** Makes an invitation file for a colleague. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<Role[]>(["reporter"]);
  const [folder, setFolder] = useState("");
  const [made, setMade] = useState("");
  const invite = useAct(commands.invite, "people");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setMade((await invite.run(name.trim(), roles, folder.trim())) ?? "");
  };
  const toggle = (role: Role, on: boolean) =>
    setRoles((before) => (on ? [...before, role] : before.filter((one) => one !== role)));
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("settings:invite.title")}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      {made ? (
        <div className="stack">
          <p role="status">{t("settings:invite.made")}</p>
          <code className="made" data-test="invitation-made">
            {made}
          </code>
          <p className="small soft">{t("settings:invite.care")}</p>
          <Button onClick={onClose}>{t("kit:close")}</Button>
        </div>
      ) : (
        <form className="stack" onSubmit={(event) => void submit(event)}>
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
          <FolderField label={t("settings:invite.folder")} value={folder} onChange={setFolder} />
          <Button
            type="submit"
            loading={invite.busy}
            disabled={name.trim() === "" || roles.length === 0 || folder.trim() === ""}
          >
            {t("settings:invite.make")}
          </Button>
        </form>
      )}
    </Modal>
  );
}
