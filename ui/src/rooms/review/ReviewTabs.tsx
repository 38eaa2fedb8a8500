import { Tabs } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { LedgerLine, ReviewCard } from "../../border/generated";
import type { StoryEditor } from "../../editor";
import { useAsk } from "../../kit/ask";
import { sentenceOf, wordOf } from "../../kit/failure";
import { moment, shortHash } from "../../kit/format";
import { Checks } from "../write/Checks";
import { Comments } from "../write/Comments";
import { Versions } from "../write/Versions";

const TABS = ["comments", "checks", "ledger", "versions"] as const;

/** Notes, checks, the ledger with its signatures, versions. */
export function ReviewTabs({ card, editor }: { card: ReviewCard; editor: StoryEditor | null }) {
  const { t } = useTranslation();
  const story = card.open.card.story;
  const comments = useAsk(["comments", story], () => commands.comments(story));
  const findings = useAsk(["checks", story, card.open.rev], () => commands.preflight(story));
  const count: Record<string, number | undefined> = {
    comments: comments.data?.length,
    checks: findings.data?.length,
  };
  return (
    <div className="pane right review-tabs">
      <Tabs defaultValue="comments" variant="pills" classNames={{ list: "tabs", tab: "tab" }}>
        <Tabs.List grow aria-label={t("write:inspector")}>
          {TABS.map((one) => (
            <Tabs.Tab key={one} value={one} data-test={`tab-${one}`}>
              {t(one === "ledger" ? "review:ledger" : `write:tab.${one}`)} {count[one] ? count[one] : ""}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="comments">
          <Comments story={story} editor={editor} asked={comments} />
        </Tabs.Panel>
        <Tabs.Panel value="checks">
          <Checks asked={findings} editor={editor} />
        </Tabs.Panel>
        <Tabs.Panel value="ledger">
          <Ledger lines={card.ledger} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <Versions story={story} onKeep={undefined} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function Ledger({ lines }: { lines: readonly LedgerLine[] }) {
  const { t } = useTranslation();
  return (
    <ol className="plain-list">
      {lines.toReversed().map((line) => (
        <li key={`${line.act}${line.at}${line.byName}`} className="version small">
          <strong>{wordOf("review:act", line.act)}</strong>{" "}
          {line.level ? <span>{wordOf("kit:level", line.level)}</span> : null} · {line.byName}
          <div className="muted">
            {moment(line.at)} {line.rev ? <span className="mono">{shortHash(line.rev)}</span> : null}{" "}
            {line.verdict === "accepted" ? (
              ""
            ) : (
              <span className="warn">{t(`review:verdict.${line.verdict}`)}</span>
            )}
          </div>
          {line.code ? <div className="alarm">{sentenceOf(line.code)}</div> : null}
        </li>
      ))}
    </ol>
  );
}
