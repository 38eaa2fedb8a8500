import { useCallback, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { MissingRun, StoryEditor } from "../../editor";
import { tell } from "../../kit/notices";
import type { StorySession } from "./session";

/** No editor where the text may not be changed. */
type Props = { session: StorySession; editor: StoryEditor | null };

/** What a merge did not carry into the text, until a person has decided on each passage. */
export function Missing({ session, editor }: Props) {
  const { t } = useTranslation();
  const runs = useSyncExternalStore(
    useCallback((reader) => session.onChange(reader), [session]),
    () => session.missing,
  );
  if (runs.length === 0) return null;
  return (
    <section className="banner conflict missing" aria-label={t("write:missing", { count: runs.length })}>
      <div className="grow">
        <strong role="status">{t("write:missing", { count: runs.length })}</strong>
        <p className="small">{t("write:missing.note")}</p>
        <ul className="plain-list">
          {runs.map((run) => (
            <Passage key={`${run.side}${run.text}`} run={run} session={session} editor={editor} />
          ))}
        </ul>
      </div>
    </section>
  );
}

function Passage({ run, session, editor }: Props & { run: MissingRun }) {
  const { t } = useTranslation();
  const copy = () => void navigator.clipboard.writeText(run.text).then(() => tell(t("write:missing.copied")));
  const putBack = () => {
    if (!editor?.addAtEnd(run.text)) return;
    session.decided(run);
    tell(t("write:missing.backed"));
  };
  return (
    <li data-test="missing">
      <span className="small muted">{t(`write:missing.${run.side}`)}</span> <q>{run.text}</q>
      <span className="line small">
        <button type="button" className="link" onClick={copy}>
          {t("write:missing.copy")}
        </button>
        {editor ? (
          <button type="button" className="link" onClick={putBack}>
            {t("write:missing.back")}
          </button>
        ) : null}
        <button type="button" className="link" onClick={() => session.decided(run)}>
          {t("write:missing.drop")}
        </button>
      </span>
    </li>
  );
}
