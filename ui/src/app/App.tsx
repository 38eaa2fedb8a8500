import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AppState, Failure } from "../border/generated";
import { Asked } from "../kit/Asked";
import { speak } from "../words";
import { useApp } from "./asks";
import { FirstRun } from "./FirstRun";
import { Frame } from "./Frame";
import "./frame.css";
import { NoticeBoard } from "./NoticeBoard";
import { Recovery } from "./Recovery";
import { Trouble } from "./Trouble";
import { Unlock } from "./Unlock";

/** What the window shows: first run, lock, recovery or the rooms. */
export function App() {
  const { t } = useTranslation();
  const app = useApp();
  return (
    <>
      <title>{t("app:title")}</title>
      {app.error && app.data === undefined ? (
        <Shut failure={app.error} again={() => void app.refetch()} />
      ) : (
        <Asked asked={app}>{(state) => <Phase state={state} />}</Asked>
      )}
      <NoticeBoard />
    </>
  );
}

/** The library refused to open: a page of its own instead of the rooms. */
function Shut({ failure, again }: { failure: Failure; again: () => void }) {
  const { t } = useTranslation();
  return (
    <main className="alone">
      <section className="card stack" aria-label={t("app:trouble.title")}>
        <div className="logo" aria-hidden>
          {t("app:mark")}
        </div>
        <h1>{t("app:trouble.title")}</h1>
        <Trouble failure={failure} again={again} />
      </section>
    </main>
  );
}

function Phase({ state }: { state: AppState }) {
  const [seen, setSeen] = useState(false);
  useEffect(() => speak(state.language), [state.language]);
  if (state.phase === "first-run") return <FirstRun state={state} />;
  if (state.phase === "locked") return <Unlock />;
  if (state.uncleanExit && !seen) return <Recovery onDone={() => setSeen(true)} />;
  return <Frame state={state} />;
}
