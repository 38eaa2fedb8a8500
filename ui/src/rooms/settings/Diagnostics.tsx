import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { copyDiagnostics } from "../../app/NoticeBoard";
import { commands } from "../../border/commands";
import { useAct } from "../../kit/ask";
import { tell } from "../../kit/notices";

/** Facts for support; nothing of it leaves the machine by itself. */
export function Diagnostics() {
  const { t } = useTranslation();
  const [facts, setFacts] = useState("");
  const read = useAct(commands.diagnostics);
  const show = async () => setFacts((await read.run()) ?? "");
  const copy = async () => {
    await copyDiagnostics();
    tell(t("app:notice.copied"));
  };
  return (
    <section className="card choices" aria-label={t("settings:diagnostics")}>
      <h2 className="heading">{t("settings:diagnostics")}</h2>
      <p className="small soft">{t("settings:diagnostics.note")}</p>
      <div className="line">
        <Button variant="default" loading={read.busy} onClick={() => void show()}>
          {t("settings:diagnostics.show")}
        </Button>
        <Button variant="default" onClick={() => void copy()}>
          {t("app:notice.copy")}
        </Button>
      </div>
      {facts ? <pre className="facts-text">{facts}</pre> : null}
    </section>
  );
}
