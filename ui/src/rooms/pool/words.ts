import type { ParcelReport, SyncLogLine } from "../../border/generated";
import { sentenceOf } from "../../kit/failure";
import { size } from "../../kit/format";
import { i18next } from "../../words";

/** A line of the log as it is shown: `count` like ones in a row stand as one. */
export type ShownLine = SyncLogLine & { count: number; bytes: number };

/** Files that travelled one after the other are told together; every other line stands for itself. */
export function folded(lines: readonly SyncLogLine[]): ShownLine[] {
  const shown: ShownLine[] = [];
  for (const line of lines) {
    const last = shown.at(-1);
    const bytes = Number(line.params.bytes ?? 0);
    if (last && last.code === line.code && line.code.startsWith("sync.blob-")) {
      last.count += 1;
      last.bytes += bytes;
    } else shown.push({ ...line, count: 1, bytes });
  }
  return shown;
}

/** The sentence of a line of the log: its own, that of the failure, or a general one. */
export function logWords({ code, params, count, bytes }: ShownLine): string {
  const key = `pool:log.${code}`;
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
  const pooled = report.pooledRecords + report.pooledClips;
  return [
    ...told(report.joined, "joined"),
    ...told(pooled > 0, "pooled"),
    ...told(report.receipts > 0 && pooled === 0, "pooled.known"),
    ...told(report.rejected > 0, "rejected", { count: report.rejected }),
    ...told(report.waiting > 0, "waiting", { count: report.waiting }),
    ...told(report.folder !== "" && records + clips > 0, "taken"),
    ...told(report.folder !== "" && records + clips === 0, "taken.known"),
  ];
}
