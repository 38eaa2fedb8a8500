import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePlace } from "../../app/place";
import { commands } from "../../border/commands";
import type { ImportPlan, JobId } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { size } from "../../kit/format";
import { StorySelect } from "../../kit/StorySelect";

type Props = { plan: ImportPlan; onStarted: (job: JobId) => void; onDrop: () => void };

/** What an import would take in, before it starts. */
export function PlanCard({ plan, onStarted, onDrop }: Props) {
  const { t } = useTranslation();
  const place = usePlace();
  const [story, setStory] = useState(place.story);
  const start = useAct(commands.startImport, "jobs");
  const fits = plan.bytes < plan.freeBytes;
  const begin = async () => {
    const job = await start.run(plan.source, story);
    if (job) onStarted(job);
  };
  return (
    <div className="card plan" role="status">
      <strong>{t("gather:plan", { count: plan.files, size: size(plan.bytes) })}</strong>
      <p className="small soft">
        {t("gather:plan.kinds", { pictures: plan.pictures, videos: plan.videos, audio: plan.audio })}
        {plan.notYet > 0 ? ` ${t("gather:plan.not-yet", { count: plan.notYet })}` : ""}
      </p>
      <p className={`small ${fits ? "muted" : "alarm"}`}>
        {t(fits ? "gather:plan.free" : "gather:plan.full", { size: size(plan.freeBytes) })}
      </p>
      <div className="line" style={{ alignItems: "flex-end", marginTop: 10 }}>
        <StorySelect label={t("gather:plan.story")} value={story} onChange={setStory} />
        <Button
          onClick={() => void begin()}
          disabled={!fits || plan.files === 0}
          loading={start.busy}
          data-test="import-start"
        >
          {t("gather:plan.start")}
        </Button>
        <Button variant="default" onClick={onDrop}>
          {t("kit:cancel")}
        </Button>
      </div>
    </div>
  );
}
