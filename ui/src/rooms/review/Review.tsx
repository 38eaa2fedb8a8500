import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueue } from "../../app/asks";
import { go, usePlace } from "../../app/place";
import { Asked } from "../../kit/Asked";
import { Empty } from "../../kit/Empty";
import { useKeys } from "../../kit/keys";
import { Foot, Top } from "../../kit/Slots";
import { Desk } from "./Desk";
import { sortedQueue, stepTo } from "./model";
import { Queue } from "./Queue";
import "../write/write.css";
import "./review.css";

/** The queue, and the story on the reviewer's desk. */
export function Review() {
  const { t } = useTranslation();
  const queue = useQueue();
  const { reviewing } = usePlace();
  const [onlyMine, setOnlyMine] = useState(false);
  const all = sortedQueue(queue.data ?? []);
  const rows = onlyMine ? all.filter((row) => row.forMe) : all;
  const chosen = rows.find((row) => row.story === reviewing) ?? rows[0];
  // What came first stays on the desk: news from the pool never swaps it under the reviewer's hands.
  useEffect(() => {
    if (chosen && chosen.story !== reviewing) go({ reviewing: chosen.story });
  }, [chosen, reviewing]);
  const move = (by: number) => {
    const next = stepTo(rows, chosen, by);
    if (next) go({ reviewing: next.story });
  };
  useKeys({ ArrowDown: () => move(1), ArrowUp: () => move(-1) });
  return (
    <>
      {chosen ? null : <Top title={t("app:room.review")} />}
      <Foot>
        <span>{t("review:foot", { count: all.length, mine: all.filter((row) => row.forMe).length })}</span>
        <span>{t("review:foot.keys")}</span>
      </Foot>
      <div className="room review">
        <Asked asked={queue}>
          {() => (
            <Queue
              rows={rows}
              chosen={chosen?.story ?? null}
              onlyMine={onlyMine}
              onOnlyMine={setOnlyMine}
              onChoose={(next) => go({ reviewing: next })}
            />
          )}
        </Asked>
        {chosen ? (
          <Desk key={chosen.story} story={chosen.story} nth={rows.indexOf(chosen) + 1} of={rows.length} />
        ) : queue.data ? (
          <Empty words={t("review:empty")} tip={t("review:empty.tip")} />
        ) : null}
      </div>
    </>
  );
}
