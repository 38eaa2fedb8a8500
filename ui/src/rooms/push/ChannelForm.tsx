import { Button, Modal, PasswordInput, Select, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { ChannelCard, ChannelForm as Form } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { tell } from "../../kit/notices";

const KINDS = ["folder", "sftp", "wordpress"] as const;

function formOf(channel: ChannelCard | "new"): Form {
  if (channel === "new") {
    return { channel: null, name: "", kind: "folder", url: "", account: "", publicUrl: "", secret: "" };
  }
  const { name, kind, url, account, publicUrl } = channel;
  return { channel: channel.channel, name, kind, url, account, publicUrl, secret: "" };
}

/** Sets a channel. The secret goes to the key store, never to the library. */
export function ChannelForm({ channel, onClose }: { channel: ChannelCard | "new"; onClose: () => void }) {
  const { t } = useTranslation();
  const [form, setForm] = useState(() => formOf(channel));
  const save = useAct(commands.saveChannel, "channels", "push");
  const set = (part: Partial<Form>) => setForm((before) => ({ ...before, ...part }));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!(await save.run(form))) return;
    tell(t("push:channel.saved"));
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(channel === "new" ? "push:channel.new.title" : "push:channel.edit")}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <TextInput
          label={t("push:form.name")}
          required
          value={form.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <Select
          label={t("push:form.kind")}
          value={form.kind}
          onChange={(kind) => set({ kind: kind ?? "folder" })}
          data={KINDS.map((kind) => ({ value: kind, label: t(`push:kind.${kind}`) }))}
        />
        <TextInput
          label={t(`push:form.url.${form.kind}`)}
          placeholder={t(`push:form.url.${form.kind}.hint`)}
          required
          value={form.url}
          onChange={(event) => set({ url: event.currentTarget.value })}
        />
        {form.kind === "folder" ? (
          <TextInput
            label={t("push:form.public-url")}
            value={form.publicUrl}
            onChange={(event) => set({ publicUrl: event.currentTarget.value })}
          />
        ) : (
          <>
            <TextInput
              label={t("push:form.account")}
              value={form.account}
              onChange={(event) => set({ account: event.currentTarget.value })}
            />
            <PasswordInput
              visibilityToggleButtonProps={{ "aria-label": t("app:passphrase.show"), tabIndex: 0 }}
              label={t(`push:form.secret.${form.kind}`)}
              description={channel === "new" ? undefined : t("push:form.secret.keep")}
              value={form.secret}
              onChange={(event) => set({ secret: event.currentTarget.value })}
            />
          </>
        )}
        <Button
          type="submit"
          loading={save.busy}
          disabled={form.name.trim() === "" || form.url.trim() === ""}
        >
          {t("push:form.save")}
        </Button>
      </form>
    </Modal>
  );
}
