import { ActionIcon, NumberInput } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowDown,
  IconArrowForwardUp,
  IconArrowUp,
  IconTrash,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ClipCard, ClipId, SegmentCard } from "../../border/generated";
import { runningTime } from "../../kit/format";
import { fpsOf, lengthOf } from "./model";

type Trim = { fromMs: number } | { toMs: number };
type Props = {
  segments: readonly SegmentCard[];
  clips: ReadonlyMap<ClipId, ClipCard>;
  chosen: number | null;
  onChoose: (index: number) => void;
  onTrim: (index: number, change: Trim) => void;
  onMove: (index: number, by: number) => void;
  onRemove: (index: number) => void;
  onUndo: (() => void) | undefined;
  onRedo: (() => void) | undefined;
};

/** The segments as a list, with their numbers. */
export function Segments(props: Props) {
  const { t } = useTranslation();
  return (
    <section aria-label={t("cut:segments")}>
      <div className="line" style={{ flexWrap: "nowrap" }}>
        <h2 className="heading grow">{t("cut:segments.count", { count: props.segments.length })}</h2>
        <Step label={t("cut:undo")} act={props.onUndo} icon={<IconArrowBackUp size={16} aria-hidden />} />
        <Step label={t("cut:redo")} act={props.onRedo} icon={<IconArrowForwardUp size={16} aria-hidden />} />
      </div>
      {props.segments.length === 0 ? <p className="small">{t("cut:segments.none")}</p> : null}
      <ol className="plain-list">
        {props.segments.map((segment, index) => (
          <Segment key={`${segment.clip}${index}`} segment={segment} index={index} {...props} />
        ))}
      </ol>
    </section>
  );
}

function Step({ label, act, icon }: { label: string; act: (() => void) | undefined; icon: ReactNode }) {
  return (
    <ActionIcon aria-label={label} title={label} disabled={!act} onClick={act}>
      {icon}
    </ActionIcon>
  );
}

function Segment({ segment, index, ...props }: Props & { segment: SegmentCard; index: number }) {
  const { t } = useTranslation();
  const clip = props.clips.get(segment.clip);
  const nth = index + 1;
  const on = props.chosen === index;
  const step = 1 / fpsOf(clip);
  return (
    <li className="segment" data-on={on || undefined}>
      <div className="line" style={{ flexWrap: "nowrap" }}>
        <button type="button" className="row-title grow clip-text" onClick={() => props.onChoose(index)}>
          {nth}. {clip?.name ?? t("cut:segment.gone")}
        </button>
        <span className="small">{runningTime(lengthOf(segment))}</span>
        <ActionIcon aria-label={t("cut:segment.up", { nth })} onClick={() => props.onMove(index, -1)}>
          <IconArrowUp size={16} aria-hidden />
        </ActionIcon>
        <ActionIcon aria-label={t("cut:segment.down", { nth })} onClick={() => props.onMove(index, 1)}>
          <IconArrowDown size={16} aria-hidden />
        </ActionIcon>
        <ActionIcon aria-label={t("cut:segment.remove", { nth })} onClick={() => props.onRemove(index)}>
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </div>
      {on ? (
        <div className="line" style={{ flexWrap: "nowrap" }}>
          <Seconds
            key={`from${segment.fromMs}`}
            label={t("cut:segment.from")}
            ms={segment.fromMs}
            step={step}
            onChange={(fromMs) => props.onTrim(index, { fromMs })}
          />
          <Seconds
            key={`to${segment.toMs}`}
            label={t("cut:segment.to")}
            ms={segment.toMs}
            step={step}
            onChange={(toMs) => props.onTrim(index, { toMs })}
          />
        </div>
      ) : null}
    </li>
  );
}

type SecondsProps = { label: string; ms: number; step: number; onChange: (ms: number) => void };

function Seconds({ label, ms, step, onChange }: SecondsProps) {
  return (
    <NumberInput
      label={label}
      size="xs"
      min={0}
      step={step}
      decimalScale={3}
      defaultValue={ms / 1000}
      onBlur={(event) => {
        const next = Math.round(Number(event.currentTarget.value) * 1000);
        if (Number.isFinite(next) && next !== ms) onChange(next);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
      }}
    />
  );
}
