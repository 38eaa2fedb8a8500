import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClips } from "../../app/asks";
import { go, usePlace } from "../../app/place";
import type { ClipCard } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { Empty } from "../../kit/Empty";
import { size } from "../../kit/format";
import { Foot, Top } from "../../kit/Slots";
import { ClipDetail } from "./ClipDetail";
import { ClipFilters } from "./ClipFilters";
import { ClipGrid } from "./ClipGrid";
import "./gather.css";
import { HotFolder } from "./HotFolder";
import { ImportBar } from "./ImportBar";
import { type ClipFilter, filtered } from "./model";

/** Material: bring it in, look at it, name it, hang it on a story. */
export function Gather() {
  const { t } = useTranslation();
  const clips = useClips(null);
  const total = clips.data?.length ?? 0;
  return (
    <>
      <Top title={t("app:room.gather")} crumb={t("gather:crumb", { count: total })} />
      <div className="room gather">
        <div className="gather-main">
          <ImportBar />
          <HotFolder />
          <Asked asked={clips}>{(cards) => <Shelf cards={cards} />}</Asked>
        </div>
        <Detail cards={clips.data ?? []} />
      </div>
    </>
  );
}

function Shelf({ cards }: { cards: readonly ClipCard[] }) {
  const { t } = useTranslation();
  const { clip } = usePlace();
  const [filter, setFilter] = useState<ClipFilter>({ kind: "all", words: "", loose: false });
  const shown = useMemo(() => filtered(cards, filter), [cards, filter]);
  const bytes = cards.reduce((sum, one) => sum + one.bytes, 0);
  return (
    <>
      <Foot>
        <span>{t("gather:foot", { count: cards.length, size: size(bytes) })}</span>
        <span>{t("gather:keys")}</span>
      </Foot>
      {cards.length === 0 ? (
        <Empty words={t("gather:empty")} tip={t("gather:empty.tip")} />
      ) : (
        <>
          <ClipFilters filter={filter} onChange={setFilter} shown={shown.length} />
          <ClipGrid clips={shown} chosen={clip} onChoose={(next) => go({ clip: next })} />
        </>
      )}
    </>
  );
}

function Detail({ cards }: { cards: readonly ClipCard[] }) {
  const { t } = useTranslation();
  const { clip } = usePlace();
  const chosen = cards.find((one) => one.clip === clip);
  return (
    <aside className="pane right" aria-label={t("gather:detail")}>
      {chosen ? <ClipDetail key={chosen.clip} clip={chosen} /> : <Empty words={t("gather:detail.none")} />}
    </aside>
  );
}
