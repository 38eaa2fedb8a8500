import type { MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import type { ClipCard, ClipId, SegmentCard } from "../../border/generated";
import { runningTime } from "../../kit/format";
import { lengthOf, rulerTime, totalOf } from "./model";

type Props = {
  segments: readonly SegmentCard[];
  clips: ReadonlyMap<ClipId, ClipCard>;
  chosen: number | null;
  head: number | null;
  onChoose: (index: number) => void;
  onJump: (ms: number) => void;
};

/** The cut as a strip; a segment is as wide as it is long. */
export function Strip({ segments, clips, chosen, head, onChoose, onJump }: Props) {
  const { t } = useTranslation();
  const total = totalOf(segments);
  const scrub = (event: MouseEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    onJump(((event.clientX - box.left) / box.width) * total);
  };
  return (
    <section className="cut-line" aria-label={t("cut:strip")}>
      <span className="strip-label">{t("cut:strip.time")}</span>
      {/* The strip's ruler is a pointer shortcut; the keys and the list below do the same. */}
      <div className="ruler mono" onClick={scrub} aria-hidden>
        {(total > 0 ? [0, 0.25, 0.5, 0.75, 1] : []).map((part) => (
          <span key={part} style={{ left: `${part * 100}%` }} data-last={part === 1 || undefined}>
            {rulerTime(total * part, total)}
          </span>
        ))}
      </div>
      <span className="strip-label">{t("cut:strip.picture")}</span>
      <div className="track">
        {segments.map((segment, index) => (
          <button
            key={`${segment.clip}${index}`}
            type="button"
            className="strip-clip"
            aria-pressed={index === chosen}
            style={{ flexGrow: Math.max(1, lengthOf(segment)) }}
            onClick={() => onChoose(index)}
          >
            {clips.get(segment.clip)?.name ?? t("cut:segment.gone")} {runningTime(lengthOf(segment))}
          </button>
        ))}
        {segments.length === 0 ? <span className="strip-empty">{t("cut:strip.empty")}</span> : null}
        {head !== null && total > 0 ? (
          <span className="head" style={{ left: `${(head / total) * 100}%` }} />
        ) : null}
      </div>
      <span className="strip-label" />
      <span className="small strip-total">{t("cut:strip.total", { time: runningTime(total) })}</span>
    </section>
  );
}
