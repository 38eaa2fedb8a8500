import { Checkbox, SegmentedControl, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ClipFilter } from "./model";

type Props = { filter: ClipFilter; onChange: (next: ClipFilter) => void; shown: number };

export function ClipFilters({ filter, onChange, shown }: Props) {
  const { t } = useTranslation();
  return (
    <div className="line">
      <SegmentedControl
        size="xs"
        aria-label={t("gather:filter.kind")}
        value={filter.kind}
        onChange={(kind) => onChange({ ...filter, kind })}
        data={[
          { value: "all", label: t("gather:filter.all") },
          { value: "picture", label: t("kit:clip.picture") },
          { value: "video", label: t("kit:clip.video") },
          { value: "audio", label: t("kit:clip.audio") },
        ]}
      />
      <Checkbox
        label={t("gather:filter.loose")}
        checked={filter.loose}
        onChange={(event) => onChange({ ...filter, loose: event.currentTarget.checked })}
      />
      <TextInput
        aria-label={t("gather:filter.words")}
        placeholder={t("gather:filter.words")}
        value={filter.words}
        onChange={(event) => onChange({ ...filter, words: event.currentTarget.value })}
        style={{ width: 280 }}
      />
      <span className="muted small" role="status">
        {t("kit:pieces", { count: shown })}
      </span>
    </div>
  );
}
