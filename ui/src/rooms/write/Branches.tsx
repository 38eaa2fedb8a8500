import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { BesideCard, BranchCard, StoryId } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAct, useAsk } from "../../kit/ask";
import { DiffView } from "../../kit/DiffView";
import { exact, moment } from "../../kit/format";
import { tell } from "../../kit/notices";

type Props = { story: StoryId; count: number };

/** Changes that stand beside the text, as the story was in other hands when they came: read, compared, taken or left. */
export function Branches({ story, count }: Props) {
  const { t } = useTranslation();
  const [reading, setReading] = useState(false);
  if (count === 0 && !reading) return null;
  return (
    <div className="banner conflict" role="status" data-test="branches">
      <span className="grow">{count === 0 ? t("write:branches.none") : t("write:branches", { count })}</span>
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
      <Asked asked={asked}>{(card) => <All story={story} card={card} onClose={onClose} />}</Asked>
    </Modal>
  );
}

type AllProps = { story: StoryId; card: BesideCard; onClose: () => void };

function All({ story, card, onClose }: AllProps) {
  const { t } = useTranslation();
  if (card.branches.length === 0) return <p className="soft">{t("write:branches.none")}</p>;
  return (
    <div className="stack">
      <p className="small soft">
        {t("write:branches.by", { names: card.byNames.join(t("kit:list-separator")), at: exact(card.at) })}
      </p>
      {card.branches.map((branch) => (
        <Branch key={branch.record} story={story} branch={branch} mayTake={card.mayTake} />
      ))}
      {card.mayTake ? (
        <Button variant="default" onClick={onClose} data-test="leave-branches">
          {t("write:branches.leave")}
        </Button>
      ) : (
        <p className="small soft">{t("write:branches.shut")}</p>
      )}
    </div>
  );
}

type BranchProps = { story: StoryId; branch: BranchCard; mayTake: boolean };

function Branch({ story, branch, mayTake }: BranchProps) {
  const { t } = useTranslation();
  const take = useAct(commands.takeBranch, "stories", "review", "queue");
  const about = { name: branch.byName, at: moment(branch.at) };
  const run = async () => {
    if (await take.run(story, branch.record)) tell(t("write:branches.taken"));
  };
  return (
    <section className="card branch" aria-label={t("write:branches.one", about)} data-test="branch">
      <div className="line">
        <strong className="grow">{t("write:branches.one", about)}</strong>
        {mayTake ? (
          <Button
            size="compact-sm"
            loading={take.busy}
            aria-label={t("write:branches.take.named", about)}
            onClick={() => void run()}
            data-test="take-branch"
          >
            {t("write:branches.take")}
          </Button>
        ) : null}
      </div>
      <DiffView blocks={branch.diff} onlyChanges />
    </section>
  );
}
