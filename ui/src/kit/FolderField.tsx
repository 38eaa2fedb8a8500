import { Button, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { commands } from "../border/commands";
import { useAct } from "./ask";

type Props = { label: string; note?: string; value: string; onChange: (folder: string) => void };

/** A folder, typed or chosen. */
export function FolderField({ label, note, value, onChange }: Props) {
  const { t } = useTranslation();
  const pick = useAct(commands.pickFolder);
  return (
    <div className="line" style={{ alignItems: "flex-end", flexWrap: "nowrap" }}>
      <TextInput
        className="grow"
        label={label}
        description={note}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <Button variant="default" onClick={() => void pick.run().then((picked) => picked && onChange(picked))}>
        {t("kit:choose")}
      </Button>
    </div>
  );
}
