import { Button, Progress, Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useClips, useJobs } from "../../app/asks";
import { go } from "../../app/place";
import { commands } from "../../border/commands";
import type { CutCard, StoryId } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { ClipView } from "../../kit/ClipView";
import { sentence } from "../../kit/failure";
import { percent } from "../../kit/Pill";

type Props = { story: StoryId; cuts: readonly CutCard[]; cut: CutCard | null; empty: boolean };

/** Which cut is on the table, its render and its result. */
export function Output({ story, cuts, cut, empty }: Props) {
  const { t } = useTranslation();
  const create = useAct(commands.createCut, "cuts");
  const start = async () => {
    const made = await create.run(story, t("cut:name", { nth: cuts.length + 1 }));
    if (made) go({ cut: made.cut });
  };
  return (
    <section aria-label={t("cut:output")}>
      <div className="line" style={{ flexWrap: "nowrap", marginBottom: 8 }}>
        {cut ? (
          <Select
            className="grow"
            aria-label={t("cut:cut")}
            value={cut.cut}
            onChange={(picked) => go({ cut: cuts.find((one) => one.cut === picked)?.cut ?? null })}
            data={cuts.map((one) => ({ value: one.cut as string, label: one.name }))}
          />
        ) : (
          <span className="grow small">{t("cut:none")}</span>
        )}
        <Button variant="default" loading={create.busy} onClick={() => void start()} disabled={cut === null}>
          {t("cut:new")}
        </Button>
      </div>
      {cut ? <Render cut={cut} empty={empty} /> : null}
    </section>
  );
}

function Render({ cut, empty }: { cut: CutCard; empty: boolean }) {
  const { t } = useTranslation();
  const jobs = useJobs();
  const clips = useClips(cut.story);
  const render = useAct(commands.renderCut, "jobs");
  const cancel = useAct(commands.cancelJob, "jobs");
  const mine = (jobs.data ?? []).filter((one) => one.kind === "render" && one.subject === cut.cut);
  const job = mine.find((one) => ["queued", "running", "paused", "cancelling"].includes(one.state));
  const failed = job ? undefined : mine.toSorted((a, b) => b.started - a.started)[0]?.failure;
  const result = clips.data?.find((one) => one.clip === cut.rendered);
  if (job) {
    const done = percent(job.done, job.total);
    return (
      <div className="stack tight" role="status">
        <span className="small">{t("cut:rendering", { percent: done })}</span>
        <Progress value={done} aria-label={t("cut:rendering", { percent: done })} />
        <Button variant="default" loading={cancel.busy} onClick={() => void cancel.run(job.id)}>
          {t("app:jobs.cancel")}
        </Button>
      </div>
    );
  }
  return (
    <div className="stack tight">
      {failed ? <p className="cut-alarm small">{sentence(failed)}</p> : null}
      {result ? <ClipView clip={result} /> : null}
      {result && cut.stale ? <p className="cut-warn small">{t("cut:stale")}</p> : null}
      <div className="line">
        <Button
          variant={result && !cut.stale ? "default" : "filled"}
          disabled={empty}
          loading={render.busy}
          onClick={() => void render.run(cut.cut)}
          data-test="render"
        >
          {t(result ? "cut:render.again" : "cut:render")}
        </Button>
        {result ? (
          <Button
            variant={cut.stale ? "default" : "filled"}
            onClick={() => go({ room: "write", story: cut.story, insert: result.clip })}
            data-test="cut-insert"
          >
            {t("cut:insert")}
          </Button>
        ) : null}
      </div>
    </div>
  );
}
