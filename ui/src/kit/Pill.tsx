import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { StoryCard, Whereabouts } from "../border/generated";
import { sentenceOf, wordOf } from "./failure";
import { exact, moment, size } from "./format";

export type Tone = "plain" | "ok" | "warn" | "alarm" | "sync" | "info" | "conflict";

/** A short fact in a capsule. */
export function Pill({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`pill ${tone}`}>{children}</span>;
}

/** Where something is, in the honest words. */
export function WherePill({ where }: { where: Whereabouts }) {
  const { t } = useTranslation();
  switch (where.at) {
    case "local":
      return <Pill tone="ok">{t("kit:saved", { at: exact(where.saved) })}</Pill>;
    case "waiting":
      return <Pill tone="warn">{t("kit:waiting", { items: where.items, size: size(where.bytes) })}</Pill>;
    case "moving":
      return <Pill tone="sync">{t("kit:moving", { percent: percent(where.done, where.total) })}</Pill>;
    case "making":
      return <Pill tone="sync">{t("kit:making")}</Pill>;
    case "pooled":
      return <Pill tone="ok">{t("kit:pooled", { at: moment(where.since) })}</Pill>;
    case "needs-you":
      return (
        <Tooltip label={sentenceOf(where.code)} multiline maw={320}>
          <span className="pill alarm">{t("kit:needs-you")}</span>
        </Tooltip>
      );
  }
}

export function percent(done: number, total: number): number {
  return total > 0 ? Math.min(100, Math.floor((done / total) * 100)) : 0;
}

/** Where a story stands in the work. */
export function StatePill({ card }: { card: StoryCard }) {
  const returned = card.returned !== null && card.state === "draft";
  const state = returned ? "returned" : card.state;
  return <Pill tone={stateTone(state)}>{wordOf("kit:state", state)}</Pill>;
}

function stateTone(state: string): Tone {
  if (state === "draft") return "info";
  if (state === "signed" || state === "published") return "ok";
  if (state === "returned" || state === "rejected") return "alarm";
  return state.startsWith("awaiting") ? "warn" : "plain";
}
