import { Button } from "@mantine/core";
import { type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useMediaBase } from "../../app/asks";
import type { ClipCard } from "../../border/generated";
import { timecode } from "../../kit/format";
import { Keyed } from "../../kit/Keyed";
import { keepDrawn } from "./drawn";
import type { Deck } from "./useDeck";

type Marks = { from: number | null; to: number | null };
type Props = {
  video: RefObject<HTMLVideoElement | null>;
  deck: Deck;
  clip: ClipCard | undefined;
  fps: number;
  marks: Marks;
  onMark: (marks: Marks) => void;
  onAdd: () => void;
  onTime: (ms: number) => void;
};

/** The picture, the timecode and the transport. */
export function Player({ video, deck, clip, fps, marks, onMark, onAdd, onTime }: Props) {
  const { t } = useTranslation();
  const base = useMediaBase();
  const still = useRef<HTMLCanvasElement>(null);
  const source = clip?.playable && base !== "" ? `${base}play/${clip.clip}` : "";
  // biome-ignore lint/correctness/useExhaustiveDependencies: another film is watched anew
  useEffect(
    () => (video.current && still.current ? keepDrawn(video.current, still.current) : undefined),
    [video, source],
  );
  if (!clip) return <div className="cut-view empty">{t("cut:no-clip")}</div>;
  const mark = (ms: number | null) => (ms === null ? "—" : timecode(ms, fps));
  return (
    <section className="cut-view" aria-label={t("cut:player")}>
      <div className="cut-time mono" data-test="timecode">
        {timecode(deck.ms, fps)} / {timecode(clip.durationMs ?? 0, fps)}
      </div>
      {source !== "" ? (
        <div className="film">
          {/* biome-ignore lint/a11y/useMediaCaption: rushes have no captions yet */}
          <video
            ref={video}
            src={source}
            poster={`${base}poster/${clip.clip}`}
            preload="auto"
            playsInline
            aria-label={clip.name}
            onTimeUpdate={(event) => onTime(event.currentTarget.currentTime * 1000)}
            onEnded={deck.stop}
          />
          <canvas ref={still} hidden aria-hidden />
        </div>
      ) : (
        <p className="cut-none">{t(`kit:note.${clip.note ?? "not-here"}`)}</p>
      )}
      <div className="transport">
        <Button.Group>
          <Key label={t("cut:back")} hint="J" onClick={deck.back} />
          <Key label={t("cut:frame-back")} hint="←" onClick={() => deck.step(-1000 / fps)} />
          <Key
            label={deck.rate === 0 ? t("cut:play") : t("cut:stop")}
            hint={deck.rate === 0 ? "L" : "K"}
            onClick={deck.toggle}
          />
          <Key label={t("cut:frame-on")} hint="→" onClick={() => deck.step(1000 / fps)} />
        </Button.Group>
        <span className="small">{deck.rate === 0 || deck.rate === 1 ? "" : `${deck.rate}×`}</span>
        <Key label={t("cut:in")} hint="I" onClick={() => onMark({ ...marks, from: deck.now() })} />
        <span className="mono small" data-test="mark-in">
          {mark(marks.from)}
        </span>
        <Key label={t("cut:out")} hint="O" onClick={() => onMark({ ...marks, to: deck.now() })} />
        <span className="mono small" data-test="mark-out">
          {mark(marks.to)}
        </span>
        <Button className="cut-add" onClick={onAdd} data-test="cut-add">
          <Keyed words={t("cut:add")} />
        </Button>
      </div>
    </section>
  );
}

function Key({ label, hint, onClick }: { label: string; hint: string; onClick: () => void }) {
  return (
    <Button
      className="cut-key"
      variant="default"
      size="compact-sm"
      onClick={onClick}
      aria-keyshortcuts={hint}
    >
      {label} <kbd aria-hidden>{hint}</kbd>
    </Button>
  );
}
