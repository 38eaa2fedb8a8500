import { Button } from "@mantine/core";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { useMediaBase } from "../../app/asks";
import type { ClipCard } from "../../border/generated";
import { timecode } from "../../kit/format";
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
  if (!clip) return <div className="cut-view empty">{t("cut:no-clip")}</div>;
  const mark = (ms: number | null) => (ms === null ? "—" : timecode(ms, fps));
  return (
    <section className="cut-view" aria-label={t("cut:player")}>
      <div className="cut-time mono" data-test="timecode">
        {timecode(deck.ms, fps)} / {timecode(clip.durationMs ?? 0, fps)}
      </div>
      {clip.playable && base !== "" ? (
        // biome-ignore lint/a11y/useMediaCaption: rushes have no captions yet
        <video
          ref={video}
          src={`${base}play/${clip.clip}`}
          poster={`${base}poster/${clip.clip}`}
          preload="auto"
          playsInline
          aria-label={clip.name}
          onTimeUpdate={(event) => onTime(event.currentTarget.currentTime * 1000)}
          onEnded={deck.stop}
        />
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
          {t("cut:add")}
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
