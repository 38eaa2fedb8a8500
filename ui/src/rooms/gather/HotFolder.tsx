import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePlace } from "../../app/place";
import { commands } from "../../border/commands";
import type { JobId } from "../../border/generated";
import { useAct, useAsk } from "../../kit/ask";
import { size } from "../../kit/format";
import { ImportRun } from "./ImportRun";

/** Says that new files lie ready in the watched folder. */
export function HotFolder() {
  const { t } = useTranslation();
  const { story } = usePlace();
  const offer = useAsk(["clips", "hot"], commands.hotOffers);
  const take = useAct(commands.takeHot, "jobs", "clips");
  const [job, setJob] = useState<JobId | null>(null);
  const accept = async () => setJob((await take.run(story)) ?? null);
  if (job) return <ImportRun key={job} job={job} onClose={() => setJob(null)} />;
  if (!offer.data || offer.data.files === 0) return null;
  return (
    <div className="banner" role="status">
      <span className="grow">
        {t("gather:hot", {
          count: offer.data.files,
          size: size(offer.data.bytes),
          folder: offer.data.source,
        })}
      </span>
      <Button size="compact-sm" loading={take.busy} onClick={() => void accept()}>
        {t("gather:hot.take")}
      </Button>
    </div>
  );
}
