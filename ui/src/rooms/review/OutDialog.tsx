import { Button, Checkbox, Modal, Radio } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { JobId, PersonId, ReviewPlan, StoryId } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAct, useAsk } from "../../kit/ask";
import { FolderField } from "../../kit/FolderField";
import { size } from "../../kit/format";
import { ParcelRun } from "../pool/ParcelRun";
import { Readers } from "./Readers";

/** Makes a review parcel, a sheet for signing on paper, or both. */
export function OutDialog({ story, onClose }: { story: StoryId; onClose: () => void }) {
  const { t } = useTranslation();
  const plan = useAsk(["review", "plan", story], () => commands.reviewPlan(story));
  return (
    <Modal
      opened
      onClose={onClose}
      size={560}
      title={t("review:out.title")}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <Asked asked={plan}>{(facts) => <Out plan={facts} onClose={onClose} />}</Asked>
    </Modal>
  );
}

function Out({ plan, onClose }: { plan: ReviewPlan; onClose: () => void }) {
  const { t } = useTranslation();
  const [to, setTo] = useState<readonly PersonId[]>([]);
  const [pictures, setPictures] = useState("small");
  const [paper, setPaper] = useState(false);
  const [folder, setFolder] = useState("");
  const [job, setJob] = useState<JobId>();
  const make = useAct(commands.makeReviewParcel, "jobs");
  if (job) return <ParcelRun job={job} onClose={onClose} />;
  const bytes: Record<string, number> = {
    none: plan.textBytes,
    small: plan.textBytes + plan.smallBytes,
    play: plan.textBytes + plan.smallBytes + plan.playBytes,
  };
  const ready = folder.trim() !== "" && (to.length > 0 || paper);
  const begin = async () =>
    setJob(await make.run(plan.story, folder.trim(), { to: [...to], pictures, paper }));
  return (
    <div className="stack" data-test="out-form">
      <p className="small soft">{t("review:out.what")}</p>
      <Readers colleagues={plan.colleagues} chosen={to} onChosen={setTo} />
      {to.length > 0 ? (
        <Radio.Group label={t("review:out.pictures")} value={pictures} onChange={setPictures}>
          {["none", "small", "play"].map((one) => (
            <Radio
              key={one}
              mt={6}
              value={one}
              label={t(`review:out.${one}`, { size: size(bytes[one] ?? 0) })}
            />
          ))}
        </Radio.Group>
      ) : null}
      <Checkbox
        label={t("review:out.paper")}
        checked={paper}
        onChange={(event) => setPaper(event.currentTarget.checked)}
        data-test="out-paper"
      />
      {paper ? (
        <p className="small warn" role="alert">
          {t("review:out.paper.careful")}
        </p>
      ) : null}
      <FolderField label={t("review:out.folder")} value={folder} onChange={setFolder} />
      <Button onClick={() => void begin()} disabled={!ready} loading={make.busy} data-test="out-make">
        {t("review:out.make")}
      </Button>
    </div>
  );
}
