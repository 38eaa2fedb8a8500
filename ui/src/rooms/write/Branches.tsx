import { Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { StoryId } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAsk } from "../../kit/ask";
import { DiffView } from "../../kit/DiffView";
import { exact } from "../../kit/format";

type Props = { story: StoryId; count: number };

/** Changes that stand beside the text, as the story was in other hands when they came; they can be read. */
export function Branches({ story, count }: Props) {
  const { t } = useTranslation();
  const [reading, setReading] = useState(false);
  if (count === 0) return null;
  return (
    <div className="banner conflict" role="status" data-test="branches">
      <span className="grow">{t("write:branches", { count })}</span>
      <button type="button" className="link" onClick={() => setReading(true)} data-test="beside">
        {t("write:branches.read")}
      </button>
      {reading ? <Beside story={story} count={count} onClose={() => setReading(false)} /> : null}
    </div>
  );
}

function Beside({ story, count, onClose }: Props & { onClose: () => void }) {
  const { t } = useTranslation();
  const asked = useAsk(["stories", "beside", story, count], () => commands.beside(story));
  return (
    <Modal
      opened
      onClose={onClose}
      size={820}
      title={t("write:branches.title")}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <Asked asked={asked}>
        {(card) => (
          <div className="stack">
            <p className="small soft">
              {t("write:branches.by", {
                names: card.byNames.join(t("kit:list-separator")),
                at: exact(card.at),
              })}
            </p>
            <DiffView blocks={card.diff} onlyChanges={false} />
          </div>
        )}
      </Asked>
    </Modal>
  );
}
