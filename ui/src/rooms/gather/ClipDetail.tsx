import { Button, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStories } from "../../app/asks";
import { go } from "../../app/place";
import { commands } from "../../border/commands";
import type { ClipCard } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { ClipView } from "../../kit/ClipView";
import { moment, runningTime, shortHash, size } from "../../kit/format";
import { tell } from "../../kit/notices";
import { Others } from "../../kit/Others";
import { WherePill } from "../../kit/Pill";
import { StorySelect } from "../../kit/StorySelect";

/** A clip with its picture, its words and its facts. */
export function ClipDetail({ clip }: { clip: ClipCard }) {
  const { t } = useTranslation();
  const attach = useAct(commands.attachClip, "clips", "stories");
  const stories = useStories();
  const story = stories.data?.find((one) => one.story === clip.story);
  return (
    <div className="stack">
      <ClipView clip={clip} />
      <div className="line">
        <strong className="grow" style={{ overflowWrap: "anywhere" }}>
          {clip.name}
        </strong>
        <WherePill where={clip.whereabouts} />
      </div>
      <CaptionForm key={`${clip.caption}${clip.credit}`} clip={clip} />
      <ClipOthers clip={clip} />
      <StorySelect
        label={t("gather:story")}
        value={clip.story}
        onChange={(next) => void attach.run(clip.clip, next)}
      />
      {story ? (
        <Button variant="default" onClick={() => go({ room: "write", story: story.story })}>
          {t("gather:open-story")}
        </Button>
      ) : null}
      <Facts clip={clip} />
    </div>
  );
}

/** What others wrote of it at the same time. */
function ClipOthers({ clip }: { clip: ClipCard }) {
  const { t } = useTranslation();
  const stories = useStories().data;
  const settle = useAct(commands.settleClip, "clips", "stories", "sync");
  const titleOf = (id: string) => stories?.find((one) => one.story === id)?.headline;
  const own = { caption: clip.caption, credit: clip.credit, story: clip.story ?? "" };
  const FIELDS = ["caption", "credit", "story"] as const;
  return FIELDS.map((field) => (
    <Others
      key={field}
      name={t(`gather:${field}`)}
      others={clip.others.filter((other) => other.field === field)}
      words={(value) => (field === "story" ? titleOf(value) : value) || t("kit:others.empty")}
      onTake={(value) => void settle.run(clip.clip, field, value)}
      onKeep={() => void settle.run(clip.clip, field, own[field])}
    />
  ));
}

function CaptionForm({ clip }: { clip: ClipCard }) {
  const { t } = useTranslation();
  const [caption, setCaption] = useState(clip.caption);
  const [credit, setCredit] = useState(clip.credit);
  const save = useAct(commands.captionClip, "clips");
  const changed = caption !== clip.caption || credit !== clip.credit;
  const keep = async () => {
    if (changed && (await save.run(clip.clip, caption, credit))) tell(t("gather:caption.kept"));
  };
  return (
    <form
      className="stack tight"
      onSubmit={(event) => {
        event.preventDefault();
        void keep();
      }}
    >
      <Textarea
        label={t("gather:caption")}
        placeholder={t("gather:caption.hint")}
        value={caption}
        onChange={(event) => setCaption(event.currentTarget.value)}
      />
      <TextInput
        label={t("gather:credit")}
        value={credit}
        onChange={(event) => setCredit(event.currentTarget.value)}
      />
      <Button type="submit" disabled={!changed} loading={save.busy}>
        {t("gather:caption.save")}
      </Button>
    </form>
  );
}

function Facts({ clip }: { clip: ClipCard }) {
  const { t } = useTranslation();
  const rate = clip.rate ? ` · ${Number((clip.rate[0] / clip.rate[1]).toFixed(3))} fps` : "";
  const facts: [string, string | null][] = [
    ["kind", `${t(`kit:clip.${clip.kind}`)} · ${clip.mime}`],
    ["measure", clip.width && clip.height ? `${clip.width} × ${clip.height}${rate}` : null],
    ["time", clip.durationMs === null ? null : runningTime(clip.durationMs)],
    ["size", size(clip.bytes)],
    ["captured", clip.capturedAt === null ? null : moment(clip.capturedAt)],
    ["added", moment(clip.addedAt)],
    ["print", shortHash(clip.blob)],
  ];
  return (
    <dl className="facts">
      {facts.map(([key, value]) =>
        value === null ? null : (
          <div key={key} style={{ display: "contents" }}>
            <dt>{t(`gather:fact.${key}`)}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
