import { Tabs } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { OpenStory, StoryCard } from "../../border/generated";
import type { StoryEditor } from "../../editor";
import { useAsk } from "../../kit/ask";
import { Checks } from "./Checks";
import { Comments } from "./Comments";
import { FactsTab } from "./FactsTab";
import { Versions } from "./Versions";

export type Tab = "facts" | "comments" | "checks" | "versions";

type Props = {
  card: StoryCard;
  open: OpenStory;
  editor: StoryEditor | null;
  tab: Tab;
  onTab: (tab: Tab) => void;
  checked: number;
  mayWrite: boolean;
  onKeep: () => void;
};

const TABS: readonly Tab[] = ["facts", "comments", "checks", "versions"];

/** One inspector: facts, comments, checks, versions. */
export function Inspector({ card, open, editor, tab, onTab, checked, mayWrite, onKeep }: Props) {
  const { t } = useTranslation();
  const story = card.story;
  const comments = useAsk(["comments", story], () => commands.comments(story));
  const findings = useAsk(["checks", "preflight", story, checked], () => commands.preflight(story));
  const count: Partial<Record<Tab, number | undefined>> = {
    comments: comments.data?.length,
    checks: findings.data?.length,
  };
  return (
    <aside className="pane right" aria-label={t("write:inspector")}>
      <Tabs
        value={tab}
        onChange={(next) => onTab(TABS.find((one) => one === next) ?? "facts")}
        variant="pills"
        classNames={{ list: "tabs", tab: "tab" }}
      >
        <Tabs.List grow aria-label={t("write:inspector")}>
          {TABS.map((one) => (
            <Tabs.Tab key={one} value={one} data-test={`tab-${one}`}>
              {t(`write:tab.${one}`)} {count[one] ? count[one] : ""}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="facts">
          <FactsTab card={card} rev={open.rev} mayWrite={mayWrite} />
        </Tabs.Panel>
        <Tabs.Panel value="comments">
          <Comments story={story} editor={editor} asked={comments} />
        </Tabs.Panel>
        <Tabs.Panel value="checks">
          <Checks asked={findings} editor={editor} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <Versions story={story} onKeep={mayWrite ? onKeep : undefined} />
        </Tabs.Panel>
      </Tabs>
    </aside>
  );
}
