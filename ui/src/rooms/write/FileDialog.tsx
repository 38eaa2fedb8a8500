import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { StoryCard } from "../../border/generated";
import type { Counts, StoryEditor } from "../../editor";
import { Asked } from "../../kit/Asked";
import { useAct, useAsk } from "../../kit/ask";
import { Findings } from "../../kit/Findings";
import { number, spokenTime } from "../../kit/format";
import { tell } from "../../kit/notices";
import { checkedRev } from "./checkedRev";
import { JumpLink } from "./JumpLink";
import type { StorySession } from "./session";

type Props = {
  session: StorySession;
  card: StoryCard;
  counts: Counts | null;
  editor: StoryEditor;
  onClose: () => void;
  onFiled: () => void;
};

/** The last look before a story goes to the desk. */
export function FileDialog({ session, card, counts, editor, onClose, onFiled }: Props) {
  const { t } = useTranslation();
  const [opened] = useState(() => Date.now());
  const story = session.story;
  const findings = useAsk(["checks", "preflight", story, "file", opened], async () => {
    await session.settled();
    return commands.preflight(story);
  });
  const file = useAct(
    async () => {
      const rev = await checkedRev(session);
      return commands.fileStory(story, rev);
    },
    "stories",
    "queue",
    "review",
  );
  const blocked = findings.data === undefined || findings.data.some((one) => one.severity === "must");
  const send = async () => {
    if (!(await file.run())) return;
    tell(t("write:filed"));
    onFiled();
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size={560}
      title={t("write:preflight")}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <div className="stack" data-test="preflight">
        <p>
          <strong>{card.headline || t("kit:untitled")}</strong>
          <br />
          <span className="small muted">
            {counts
              ? `${t("kit:characters", { count: counts.characters, shown: number(counts.characters) })} · ${t("kit:read-aloud", { time: spokenTime(counts.seconds) })}`
              : ""}
          </span>
        </p>
        <Asked asked={findings}>
          {(list) => (
            <Findings
              findings={list}
              none={t("write:preflight.clean")}
              jump={(finding) => <JumpLink finding={finding} editor={editor} onJump={onClose} />}
            />
          )}
        </Asked>
        <p className="small soft">{t("write:preflight.note")}</p>
        <div className="line" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose}>
            {t("write:preflight.back")}
          </Button>
          <Button
            data-autofocus
            disabled={blocked}
            loading={file.busy}
            onClick={() => void send()}
            data-test="file-confirm"
          >
            {t("write:file.confirm")}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
