import { Button, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../border/commands";
import type { AppState } from "../border/generated";
import { useAct } from "../kit/ask";
import { languageOf, speak } from "../words";
import { ChoosePlace } from "./first/ChoosePlace";
import { WhoIAm } from "./first/WhoIAm";
import "./frame.css";

/** Language, place, person: three steps to the first story. */
export function FirstRun({ state }: { state: AppState }) {
  const { t } = useTranslation();
  const [step, setStep] = useState(1);
  const setLanguage = useAct(commands.setLanguage, "app");
  const choose = (code: string) => {
    speak(code);
    void setLanguage.run(code);
  };
  return (
    <main className="alone">
      <section className="card stack" aria-label={t("app:first.title")}>
        <div className="logo" aria-hidden>
          {t("app:mark")}
        </div>
        <div>
          <p className="small muted">{t("app:first.step", { step })}</p>
          <h1>{t("app:first.title")}</h1>
          <p className="soft">{t("app:first.sub")}</p>
        </div>
        {step === 1 ? (
          <>
            <SegmentedControl
              aria-label={t("app:first.language")}
              value={languageOf(state.language)}
              onChange={choose}
              data={[
                { value: "zh-CN", label: t("app:language.zh-CN") },
                { value: "en", label: t("app:language.en") },
              ]}
            />
            <Button onClick={() => setStep(2)} data-test="first-next">
              {t("app:first.next")}
            </Button>
          </>
        ) : null}
        {step === 2 ? <ChoosePlace state={state} onDone={() => setStep(3)} /> : null}
        {step === 3 ? <WhoIAm keyStore={state.keyStore} /> : null}
        {step > 1 ? (
          <button type="button" className="link" onClick={() => setStep(step - 1)}>
            {t("kit:back")}
          </button>
        ) : null}
      </section>
    </main>
  );
}
