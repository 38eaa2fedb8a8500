/** The sentences of the sync centre. */
import type { ArrivalsCard, NearbyPeer, ParcelReport, SyncCard, SyncLogLine } from "../../border/generated";
import { sentenceOf } from "../../kit/failure";
import { moment, size } from "../../kit/format";
import { i18next, spoken } from "../../words";

/** A line of the log as it is shown: `count` like ones in a row stand as one. */
export type ShownLine = SyncLogLine & { count: number; bytes: number; since: number };

/** What says that there is no way to the pool. */
const OUTAGE = ["sync.unreachable", "sync.silent", "sync.pool-failed"];
const isOutage = (code: string) => OUTAGE.includes(code);

/** Files that travelled one after the other, and the tries of one outage, are told together; the rest stands for itself. */
export function folded(lines: readonly SyncLogLine[]): ShownLine[] {
  const shown: ShownLine[] = [];
  for (const line of lines) {
    const last = shown.at(-1);
    const bytes = Number(line.params.bytes ?? 0);
    const isFile = line.code.startsWith("sync.blob-") || line.code === "nearby.clip";
    const isTold = isOutage(line.code) || (isFile && last?.params.name === line.params.name);
    if (last && last.code === line.code && isTold) {
      last.count += 1;
      last.bytes += bytes;
      last.since = line.at;
    } else shown.push({ ...line, count: 1, bytes, since: line.at });
  }
  return shown;
}

/** The sentence of a line of the log: its own, that of the failure, or a general one. */
export function logWords({ code, params, count, bytes, since }: ShownLine): string {
  if (isOutage(code) && count > 1) {
    return i18next.t("pool:log.outage", { words: sentenceOf(code, params), count, at: moment(since) });
  }
  const key = code === "sync.reached" && params.tries ? "pool:log.sync.reached.after" : `pool:log.${code}`;
  const values = { ...params, count, size: size(bytes) };
  if (i18next.exists(key, values)) return i18next.t(key, values);
  if (i18next.exists(`failures:${code}`)) return sentenceOf(code, params);
  return i18next.t("pool:log.other", { code });
}

/** What became of a parcel, sentence by sentence; what did not happen is not told. */
export function parcelWords(report: ParcelReport): string[] {
  const { t } = i18next;
  const told = (is: boolean, key: string, values: Record<string, unknown> = {}) =>
    is ? [t(`pool:parcel.${key}`, { ...report, ...values })] : [];
  const { records, clips } = report;
  if (report.way === "made") {
    return [
      ...told(records + clips > 0, "made", { size: size(report.bytes) }),
      ...told(records + clips === 0, "made.empty"),
      t("pool:parcel.made.next"),
    ];
  }
  if (report.way === "review") return reviewWords(report);
  const isFromPool = report.folder !== "" && report.reviews.length === 0;
  const pooled = report.pooledRecords + report.pooledClips;
  return [
    ...told(report.joined, "joined"),
    ...told(pooled > 0, "pooled"),
    ...told(report.receipts > 0 && pooled === 0, "pooled.known"),
    ...told(report.rejected > 0, "rejected", { count: report.rejected }),
    ...told(report.waiting > 0, "waiting", { count: report.waiting }),
    ...told(isFromPool && records + clips > 0, "taken"),
    ...told(isFromPool && records + clips === 0, "taken.known"),
    ...report.reviews.map(({ headline, level }) =>
      level === ""
        ? t("pool:parcel.came.moved", { headline })
        : t("pool:parcel.came", { headline, level: t(`kit:state.awaiting-${level}`) }),
    ),
    ...report.verdicts.flatMap(({ act, headline, byName, verdict }) => [
      t(`pool:parcel.verdict.${act}`, { name: byName, headline }),
      t(`pool:parcel.judged.${verdict}`),
    ]),
  ];
}

/** What crossed between this laptop and one nearby; what did not is not told. */
export function nearbyWords(peer: NearbyPeer): string[] {
  const { t } = i18next;
  const words = [];
  if (peer.records + peer.clips > 0) words.push(t("pool:nearby.got", { ...peer, size: size(peer.bytes) }));
  if (peer.gaveRecords + peer.gaveClips > 0) words.push(t("pool:nearby.gave", { ...peer }));
  return words.length > 0 ? words : [t("pool:nearby.same")];
}

/** What was written for a review without a line. */
function reviewWords(report: ParcelReport): string[] {
  const { t } = i18next;
  const parcel = [
    t("pool:parcel.review", { folder: report.folder, size: size(report.bytes) }),
    t("pool:parcel.review.next"),
  ];
  const papers = report.papers.join(t("kit:list-separator"));
  return [...(report.folder ? parcel : []), ...(papers ? [t("pool:parcel.paper", { papers })] : [])];
}

const figure = (value: number, digits: number) =>
  new Intl.NumberFormat(spoken(), { maximumFractionDigits: digits }).format(value);

/** `4 Mbit/s` or `640 kbit/s`, of bits in a second. */
export function mbit(bits: number): string {
  if (bits < 999_500) return `${figure(bits / 1000, 0)} kbit/s`;
  return `${figure(bits / 1e6, bits < 9_950_000 ? 1 : 0)} Mbit/s`;
}

/** The speed of a line, of bytes in a second. */
export const speed = (bytes: number) => mbit(bytes * 8);

/** A stretch of time as people say it: minutes, or hours and minutes. */
export function span(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (minutes <= 1) return i18next.t("pool:span.minute");
  if (minutes < 60) return i18next.t("pool:span.minutes", { minutes });
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return i18next.t(rest === 0 ? "pool:span.hours" : "pool:span.both", { hours, minutes: rest });
}

/** What of the material is not in the pool yet: what has to travel, and what the pool makes itself. */
export function itemsWords({ itemsWaiting, bytesWaiting, itemsMaking }: SyncCard): string {
  const { t } = i18next;
  const words = [];
  if (itemsWaiting > 0) {
    words.push(t("pool:fact.items.value", { count: itemsWaiting, size: size(bytesWaiting) }));
  }
  if (itemsMaking > 0) words.push(t("pool:fact.items.making", { count: itemsMaking }));
  return words.length > 0 ? words.join(t("pool:dot")) : t("pool:fact.items.none");
}

/** When everything that has to travel will be in the pool. */
export function allWords(card: SyncCard, arrivals: ArrivalsCard | undefined, now = Date.now()): string {
  const { t } = i18next;
  const { state } = card;
  if (card.itemsWaiting === 0) {
    return t(card.itemsMaking > 0 ? "pool:fact.all.making" : "pool:fact.all.none");
  }
  if (arrivals === undefined) return "";
  if (arrivals.rate === null) return t("pool:arrives.unknown");
  if (arrivals.all === null) return t("pool:fact.all.held");
  if (state === "idle" || state === "busy") {
    return t("pool:arrives.at", { at: moment(arrivals.all, now) });
  }
  return t("pool:arrives.after", { span: span(arrivals.all - now) });
}

/** How many pieces miss the bulletin; nothing when none does. */
export function lateWords(arrivals: ArrivalsCard): string {
  if (arrivals.bulletin === null || arrivals.late === 0) return "";
  return i18next.t("pool:late.count", { count: arrivals.late, hour: moment(arrivals.bulletin) });
}
