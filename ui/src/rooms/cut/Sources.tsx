import { useTranslation } from "react-i18next";
import { go } from "../../app/place";
import type { ClipCard, ClipId } from "../../border/generated";
import { ClipThumb } from "../../kit/ClipThumb";
import { runningTime } from "../../kit/format";

type Props = { clips: readonly ClipCard[]; chosen: ClipId | null; onChoose: (clip: ClipId) => void };

/** The films of the story to cut from. */
export function Sources({ clips, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <section aria-label={t("cut:sources")}>
      <h2 className="heading">{t("cut:sources")}</h2>
      {clips.length === 0 ? (
        <p className="small">
          {t("cut:sources.none")}{" "}
          <button type="button" className="link" onClick={() => go({ room: "gather" })}>
            {t("cut:sources.go")}
          </button>
        </p>
      ) : (
        <div className="source-row">
          {clips.map((clip) => (
            <button
              key={clip.clip}
              type="button"
              className="source"
              aria-pressed={clip.clip === chosen}
              aria-label={`${clip.name} ${runningTime(clip.durationMs ?? 0)}`}
              title={clip.name}
              onClick={() => onChoose(clip.clip)}
            >
              <ClipThumb clip={clip} />
            </button>
          ))}
        </div>
      )}
    </section>
  );
}
