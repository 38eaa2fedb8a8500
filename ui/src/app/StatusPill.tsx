import { useTranslation } from "react-i18next";
import type { SyncCard } from "../border/generated";
import { moment, size } from "../kit/format";
import type { Tone } from "../kit/Pill";
import { i18next } from "../words";
import { useSync } from "./asks";
import { go } from "./place";

/** The state of the exchange, in words; a click opens the pool. */
export function StatusPill() {
  const { t } = useTranslation();
  const sync = useSync();
  if (!sync.data) return null;
  const { tone, words } = statusOf(sync.data);
  return (
    <button
      type="button"
      className={`pill tall ${tone}`}
      title={t("app:status.open")}
      data-test="sync-status"
      onClick={() => go({ room: "pool" })}
    >
      <span className="dot" aria-hidden />
      <span role="status">{words}</span>
    </button>
  );
}

/** The words for a state of the exchange. Offline is no alarm. */
export function statusOf(sync: SyncCard): { tone: Tone; words: string } {
  const t = i18next.t;
  const items = sync.itemsWaiting;
  const waits = items > 0 || sync.recordsWaiting > 0;
  const left = { items, size: size(sync.bytesWaiting), records: sync.recordsWaiting };
  if (sync.state === "off") return { tone: "plain", words: t("app:status.off") };
  if (sync.state === "offline") return { tone: "plain", words: t("app:status.offline") };
  if (sync.trouble !== null) return { tone: "alarm", words: t("app:status.trouble") };
  if (sync.state === "busy") {
    return { tone: "sync", words: items > 0 ? t("app:status.busy.items", left) : t("app:status.busy") };
  }
  if (waits) {
    return { tone: "warn", words: t(items > 0 ? "app:status.waiting" : "app:status.records", left) };
  }
  if (sync.itemsMaking > 0) {
    return { tone: "sync", words: t("app:status.making", { count: sync.itemsMaking }) };
  }
  if (sync.lastAnswer === null) return { tone: "plain", words: t("app:status.unknown") };
  return { tone: "ok", words: t("app:status.idle.at", { at: moment(sync.lastAnswer) }) };
}
