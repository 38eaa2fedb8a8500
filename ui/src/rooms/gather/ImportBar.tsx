import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { ImportPlan, JobId } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { ImportRun } from "./ImportRun";
import { PlanCard } from "./PlanCard";

/** A folder or a card: look at it, then take it in. */
export function ImportBar() {
  const { t } = useTranslation();
  const [path, setPath] = useState("");
  const [plan, setPlan] = useState<ImportPlan | null>(null);
  const [job, setJob] = useState<JobId | null>(null);
  const look = useAct(commands.planImport);
  const pick = useAct(commands.pickFolder);

  const find = async (where: string) => setPlan((await look.run(where)) ?? null);
  const choose = async () => {
    const picked = await pick.run();
    if (!picked) return;
    setPath(picked);
    await find(picked);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void find(path.trim());
  };
  return (
    <section className="stack tight" aria-label={t("gather:import")}>
      <form className="line" onSubmit={submit} style={{ flexWrap: "nowrap" }}>
        <TextInput
          className="grow"
          aria-label={t("gather:import.path")}
          placeholder={t("gather:import.path")}
          value={path}
          onChange={(event) => setPath(event.currentTarget.value)}
          data-test="import-path"
        />
        <Button
          type="submit"
          variant="default"
          disabled={path.trim() === ""}
          loading={look.busy}
          data-test="import-plan"
        >
          {t("gather:import.look")}
        </Button>
        <Button onClick={() => void choose()}>{t("gather:import.choose")}</Button>
      </form>
      {plan ? (
        <PlanCard
          plan={plan}
          onStarted={(started) => {
            setPlan(null);
            setJob(started);
          }}
          onDrop={() => setPlan(null)}
        />
      ) : null}
      {job ? <ImportRun key={job} job={job} onClose={() => setJob(null)} /> : null}
    </section>
  );
}
