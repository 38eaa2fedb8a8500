import { Button, Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useJobs } from "../../app/asks";
import { commands } from "../../border/commands";
import type { JobId } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAct, useAsk } from "../../kit/ask";
import { sentence } from "../../kit/failure";
import { percent } from "../../kit/Pill";
import { parcelWords } from "./words";

/** A parcel on its way, then what became of it. */
export function ParcelRun({ job, onClose }: { job: JobId; onClose: () => void }) {
  const { t } = useTranslation();
  const jobs = useJobs();
  const cancel = useAct(commands.cancelJob, "jobs");
  const card = jobs.data?.find((one) => one.id === job);
  const done = card?.state === "done";
  const over = card !== undefined && ["done", "failed", "stopped"].includes(card.state);
  const report = useAsk(["jobs", "parcel", job], () => commands.parcelReport(job), done);
  if (!over) {
    return (
      <div role="status" data-test="parcel-run">
        <Progress
          value={percent(card?.done ?? 0, card?.total ?? 0)}
          aria-label={t("app:job.parcel")}
          my={8}
        />
        <Button variant="default" loading={cancel.busy} onClick={() => void cancel.run(job)}>
          {t("app:jobs.cancel")}
        </Button>
      </div>
    );
  }
  return (
    <div className="stack tight parcel-told" role="status" data-test="parcel-report">
      {card.failure ? <p className="alarm">{sentence(card.failure)}</p> : null}
      {card.state === "stopped" ? <p className="warn">{t("pool:parcel.stopped")}</p> : null}
      {done ? (
        <Asked asked={report}>
          {(facts) => (
            <>
              {parcelWords(facts).map((words) => (
                <p key={words}>{words}</p>
              ))}
              {facts.troubles.map((one) => (
                <p key={one.name} className="warn" data-test="parcel-trouble">
                  {t("pool:parcel.trouble", { name: one.name })} {sentence(one.failure)}
                </p>
              ))}
            </>
          )}
        </Asked>
      ) : null}
      <Button variant="default" onClick={onClose}>
        {t("kit:close")}
      </Button>
    </div>
  );
}
