import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStories } from "../app/asks";
import type { StoryId } from "../border/generated";

const NONE = "none";

type Props = { label: string; value: StoryId | null; onChange: (story: StoryId | null) => void };

/** Chooses a story, or none. */
export function StorySelect({ label, value, onChange }: Props) {
  const { t } = useTranslation();
  const stories = useStories();
  const cards = stories.data ?? [];
  const choose = (picked: string | null) =>
    onChange(cards.find((one) => one.story === picked)?.story ?? null);
  return (
    <Select
      label={label}
      searchable
      nothingFoundMessage={t("kit:story.nothing")}
      value={value ?? NONE}
      onChange={choose}
      data={[
        { value: NONE, label: t("kit:story.none") },
        ...cards.map((one) => ({ value: one.story as string, label: one.headline || t("kit:untitled") })),
      ]}
    />
  );
}
