import { Button, Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useJobs } from "../../app/asks";
import { commands } from "../../border/commands";
import type { ImportReport, JobId } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAct, useAsk } from "../../kit/ask";
import { sentence, sentenceOf } from "../../kit/failure";
import { size } from "../../kit/format";
import { percent } from "../../kit/Pill";

/** A running import, then its report. */
export function ImportRun({ job, onClose }: { job: JobId; onClose: () => void }) {
  const { t } = useTranslation();
  const jobs = useJobs();
  const cancel = useAct(commands.cancelJob, "jobs");
  const card = jobs.data?.find((one) => one.id === job);
  const over = card !== undefined && ["done", "failed", "stopped"].includes(card.state);
  const report = useAsk(["jobs", "report", job, over], () => commands.importReport(job), over);
  return (
    <div className="card plan" role="status" data-test="import-run">
      {over ? (
        <div className="line" style={{ flexWrap: "nowrap", alignItems: "flex-start" }}>
          <div className="grow">
            {card.failure ? <p className="alarm">{sentence(card.failure)}</p> : null}
            <Asked asked={report}>
              {(facts) => <Report report={facts} stopped={card.state === "stopped"} />}
            </Asked>
          </div>
          <Button variant="default" onClick={onClose}>
            {t("kit:close")}
          </Button>
        </div>
      ) : (
        <>
          <strong>{t("gather:run")}</strong>
          <Progress value={percent(card?.done ?? 0, card?.total ?? 0)} aria-label={t("gather:run")} my={8} />
          <div className="line">
            <span className="small muted grow">
              {t("gather:run.done", { done: size(card?.done ?? 0), total: size(card?.total ?? 0) })}
            </span>
            <Button variant="default" loading={cancel.busy} onClick={() => void cancel.run(job)}>
              {t("app:jobs.cancel")}
            </Button>
          </div>
        </>
      )}
    </div>
  );
}

function Report({ report, stopped }: { report: ImportReport; stopped: boolean }) {
  const { t } = useTranslation();
  return (
    <div data-test="import-report">
      <strong className={report.failed.length > 0 || stopped ? "warn" : "ok"}>
        {t(stopped ? "gather:report.stopped" : "gather:report", { count: report.taken })}
      </strong>
      {report.duplicates > 0 ? (
        <p className="small">{t("gather:report.same", { count: report.duplicates })}</p>
      ) : null}
      {report.failed.length > 0 ? (
        <ul className="small">
          {report.failed.map((file) => (
            <li key={file.name}>
              {file.name} — {sentenceOf(file.code)}
            </li>
          ))}
        </ul>
      ) : stopped ? null : (
        <p className="small soft">{t("gather:report.safe")}</p>
      )}
    </div>
  );
}
