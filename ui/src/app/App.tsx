import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AppState } from "../border/generated";
import { Asked } from "../kit/Asked";
import { speak } from "../words";
import { useApp } from "./asks";
import { FirstRun } from "./FirstRun";
import { Frame } from "./Frame";
import { NoticeBoard } from "./NoticeBoard";
import { Recovery } from "./Recovery";
import { Unlock } from "./Unlock";

/** What the window shows: first run, lock, recovery or the rooms. */
export function App() {
  const { t } = useTranslation();
  const app = useApp();
  return (
    <>
      <title>{t("app:title")}</title>
      <Asked asked={app}>{(state) => <Phase state={state} />}</Asked>
      <NoticeBoard />
    </>
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
