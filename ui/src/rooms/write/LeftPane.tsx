import { useTranslation } from "react-i18next";
import { go } from "../../app/place";
import type { ClipCard, StoryId } from "../../border/generated";
import { ClipThumb } from "../../kit/ClipThumb";
import { runningTime } from "../../kit/format";

type Props = {
  story: StoryId;
  clips: readonly ClipCard[];
  onInsert: ((clip: ClipCard) => void) | undefined;
  onPick: () => void;
};

/** The way back to all stories, and the material of this one. */
export function LeftPane({ story, clips, onInsert, onPick }: Props) {
  const { t } = useTranslation();
  return (
    <aside className="pane left" aria-label={t("write:material")}>
      <button type="button" className="link" onClick={() => go({ story: null })} data-test="all-stories">
        ← {t("write:all")}
      </button>
      <h2 className="heading">{t("write:material.count", { count: clips.length })}</h2>
      {clips.length === 0 ? <p className="small muted">{t("write:material.none")}</p> : null}
      <div className="thumbs">
        {clips.map((clip, index) => (
          <button
            key={clip.clip}
            type="button"
            className="thumb-button"
            disabled={!onInsert}
            aria-label={`${t("write:material.insert", { name: clip.caption || clip.name })} ${thumbLabel(clip, index + 1)}`}
            title={clip.caption || clip.name}
            onClick={() => onInsert?.(clip)}
          >
            <ClipThumb clip={clip} label={thumbLabel(clip, index + 1)} />
          </button>
        ))}
      </div>
      <div className="stack tight" style={{ alignItems: "flex-start", marginTop: 12 }}>
        {onInsert ? (
          <button type="button" className="link" onClick={onPick}>
            {t("write:material.pick")}
          </button>
        ) : null}
        <button type="button" className="link" onClick={() => go({ room: "gather", story })}>
          {t("write:material.import")}
        </button>
        <button type="button" className="link" onClick={() => go({ room: "cut", story })}>
          {t("write:material.cut")}
        </button>
      </div>
    </aside>
  );
}

function thumbLabel(clip: ClipCard, nth: number): string {
  if (clip.durationMs !== null) return `▶ ${runningTime(clip.durationMs)}`;
  return clip.caption ? `${nth} ${clip.caption}` : `${nth}`;
}
