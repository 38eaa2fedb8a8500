/** Every action of the frame once: the palette and the keys are built from this list. */
import { useTranslation } from "react-i18next";
import { commands } from "../border/commands";
import type { Settings } from "../border/generated";
import { useAct } from "../kit/ask";
import { go, ROOMS } from "./place";

export type Action = {
  id: string;
  words: string;
  note?: string;
  /** Physical key, as `keys.ts` writes it. */
  chord?: string;
  /** The same key for people. */
  shortcut?: string;
  run: () => void;
};

type Given = { settings: Settings | undefined; showJobs: () => void };

export function useActions({ settings, showJobs }: Given): Action[] {
  const { t } = useTranslation();
  const create = useAct(() => commands.createStory("", "brief"), "stories");
  const sync = useAct(commands.syncNow, "sync");
  const save = useAct(commands.saveSettings, "settings", "app");
  const change = (part: Partial<Settings>) => {
    if (settings) void save.run({ ...settings, ...part });
  };
  const newStory = async () => {
    const card = await create.run();
    if (card) go({ room: "write", story: card.story });
  };
  const rooms = ROOMS.map((room, index) => ({
    id: `go-${room}`,
    words: t("app:action.go", { room: t(`app:room.${room}`) }),
    chord: `Ctrl+Digit${index + 1}`,
    shortcut: `Ctrl+${index + 1}`,
    run: () => go({ room }),
  }));
  const dark = settings?.theme === "dark";
  return [
    {
      id: "new-story",
      words: t("app:action.new-story"),
      note: t("app:action.new-story.note"),
      chord: "Ctrl+KeyN",
      shortcut: "Ctrl+N",
      run: () => void newStory(),
    },
    { id: "import", words: t("app:action.import"), run: () => go({ room: "gather" }) },
    {
      id: "sync-now",
      words: t("app:action.sync-now"),
      note: t("app:action.sync-now.note"),
      chord: "F5",
      shortcut: "F5",
      run: () => void sync.run(),
    },
    { id: "jobs", words: t("app:action.jobs"), run: showJobs },
    ...rooms,
    {
      id: "language",
      words: t("app:action.language"),
      note: t("app:action.language.note"),
      run: () => change({ language: settings?.language === "en" ? "zh-CN" : "en" }),
    },
    {
      id: "theme",
      words: t("app:action.theme"),
      note: t("app:action.theme.note"),
      run: () => change({ theme: dark ? "light" : "dark" }),
    },
  ];
}
