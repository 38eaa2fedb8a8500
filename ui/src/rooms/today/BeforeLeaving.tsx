import { useTranslation } from "react-i18next";
import { useClips } from "../../app/asks";
import { go } from "../../app/place";
import type { ClipCard } from "../../border/generated";

/** What the material still lacks, while one can still walk back and ask. */
export function BeforeLeaving() {
  const { t } = useTranslation();
  const clips = useClips(null);
  if (!clips.data || clips.data.length === 0) return null;
  const lacks = lacking(clips.data);
  return (
    <section aria-label={t("today:leaving")}>
      <h2 className="heading">{t("today:leaving")}</h2>
      <ul className="card plain-list leaving">
        <li>
          <span className="ok" aria-hidden>
            ✓
          </span>
          {t("today:leaving.safe", { count: clips.data.length })}
        </li>
        {lacks.map((lack) => (
          <li key={lack.key} className="warn">
            <span aria-hidden>!</span>
            {t(`today:leaving.${lack.key}`, { count: lack.count })}
          </li>
        ))}
        {lacks.length > 0 ? (
          <li>
            <button type="button" className="link" onClick={() => go({ room: "gather" })}>
              {t("today:leaving.go")}
            </button>
          </li>
        ) : null}
      </ul>
    </section>
  );
}

/** The counts of what is missing; nothing that is zero. */
export function lacking(clips: readonly ClipCard[]): { key: string; count: number }[] {
  const shown = clips.filter((clip) => clip.kind === "picture" || clip.kind === "video");
  return [
    { key: "caption", count: shown.filter((clip) => clip.caption.trim() === "").length },
    { key: "credit", count: shown.filter((clip) => clip.credit.trim() === "").length },
    { key: "loose", count: clips.filter((clip) => clip.story === null).length },
    { key: "damaged", count: clips.filter((clip) => clip.note === "damaged").length },
  ].filter((lack) => lack.count > 0);
}
