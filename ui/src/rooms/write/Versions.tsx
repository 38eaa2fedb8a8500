import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { RevisionCard, StoryId } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAsk } from "../../kit/ask";
import { DiffView } from "../../kit/DiffView";
import { Empty } from "../../kit/Empty";
import { wordOf } from "../../kit/failure";
import { exact, number, shortHash } from "../../kit/format";
import { Keyed } from "../../kit/Keyed";

type Pair = { older: RevisionCard; newer: RevisionCard };

/** The kept versions; any two neighbours can be compared. */
export function Versions({ story, onKeep }: { story: StoryId; onKeep: (() => void) | undefined }) {
  const { t } = useTranslation();
  const asked = useAsk(["stories", "revisions", story], () => commands.revisions(story));
  const [pair, setPair] = useState<Pair | null>(null);
  return (
    <div className="stack">
      {onKeep ? (
        <Button variant="default" onClick={onKeep}>
          <Keyed words={t("write:version.keep")} />
        </Button>
      ) : null}
      <Asked asked={asked}>
        {(list) =>
          list.length === 0 ? (
            <Empty words={t("write:versions.none")} />
          ) : (
            <VersionList list={list.toSorted((a, b) => b.at - a.at)} onCompare={setPair} />
          )
        }
      </Asked>
      {pair ? <Compare story={story} pair={pair} onClose={() => setPair(null)} /> : null}
    </div>
  );
}

function VersionList({
  list,
  onCompare,
}: {
  list: readonly RevisionCard[];
  onCompare: (pair: Pair) => void;
}) {
  const { t } = useTranslation();
  const newest = list[0];
  return (
    <ul className="plain-list">
      {list.map((one, index) => {
        const before = list[index + 1];
        return (
          <li key={`${one.rev}${one.at}`} className="version">
            <strong>{wordOf("write:why", one.why)}</strong>{" "}
            <span className="small muted">{exact(one.at)}</span>
            <div className="small muted">
              {t("kit:characters", { count: one.characters, shown: number(one.characters) })} ·{" "}
              <span className="mono">{shortHash(one.rev)}</span>
            </div>
            <div className="line small">
              {before ? (
                <button
                  type="button"
                  className="link"
                  onClick={() => onCompare({ older: before, newer: one })}
                >
                  {t("write:version.before")}
                </button>
              ) : null}
              {newest && index > 0 ? (
                <button
                  type="button"
                  className="link"
                  onClick={() => onCompare({ older: one, newer: newest })}
                >
                  {t("write:version.newest")}
                </button>
              ) : null}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Compare({ story, pair, onClose }: { story: StoryId; pair: Pair; onClose: () => void }) {
  const { t } = useTranslation();
  const { older, newer } = pair;
  const asked = useAsk(["stories", "compare", story, older.rev, newer.rev], () =>
    commands.compare(older.rev, newer.rev),
  );
  return (
    <Modal
      opened
      onClose={onClose}
      size={820}
      title={t("write:compare", { older: exact(older.at), newer: exact(newer.at) })}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <Asked asked={asked}>{(blocks) => <DiffView blocks={blocks} onlyChanges={false} />}</Asked>
    </Modal>
  );
}
