import { Button, Drawer, Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { commands } from "../border/commands";
import type { JobCard } from "../border/generated";
import { Asked } from "../kit/Asked";
import { useAct } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { sentence, wordOf } from "../kit/failure";
import { moment, runningTime, size } from "../kit/format";
import { percent } from "../kit/Pill";
import { useJobs } from "./asks";

/** One place for all long work. */
export function JobDrawer({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const jobs = useJobs();
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size={400}
      title={t("app:jobs.title")}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <Asked asked={jobs}>
        {(list) =>
          list.length === 0 ? (
            <Empty words={t("app:jobs.empty")} tip={t("app:jobs.empty.tip")} />
          ) : (
            <ul className="plain-list">
              {list.map((job) => (
                <JobLine key={job.id} job={job} />
              ))}
            </ul>
          )
        }
      </Asked>
    </Drawer>
  );
}

function JobLine({ job }: { job: JobCard }) {
  const { t } = useTranslation();
  const cancel = useAct(commands.cancelJob, "jobs");
  const name = t(`app:job.${job.kind}`);
  const moving = job.state === "running" || job.state === "queued" || job.state === "paused";
  return (
    <li className="job">
      <div className="line">
        <strong className="grow">{name}</strong>
        <span className={job.state === "failed" ? "alarm" : "muted"}>{t(`app:job.state.${job.state}`)}</span>
        {moving ? (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t("app:jobs.cancel.named", { name })}
            loading={cancel.busy}
            onClick={() => void cancel.run(job.id)}
          >
            {t("app:jobs.cancel")}
          </Button>
        ) : null}
      </div>
      {moving && job.total > 0 ? (
        <Progress value={percent(job.done, job.total)} size={4} mt={8} aria-label={name} />
      ) : null}
      <div className="small muted">
        {[moment(job.started), moving ? wordOf("app:stage", job.stage, "") : "", measure(job)]
          .filter(Boolean)
          .join(" · ")}
      </div>
      {job.failure ? <div className="small alarm">{sentence(job.failure)}</div> : null}
    </li>
  );
}

/** Done and total in the unit of the kind. */
function measure(job: JobCard): string {
  if (job.total === 0) return "";
  if (job.kind === "render" || job.kind === "proxy") {
    return `${runningTime(job.done / 1000)} / ${runningTime(job.total / 1000)}`;
  }
  if (job.kind === "look" || job.kind === "push") return `${job.done} / ${job.total}`;
  return `${size(job.done)} / ${size(job.total)}`;
}
