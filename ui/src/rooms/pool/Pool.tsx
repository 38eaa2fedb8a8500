import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSync } from "../../app/asks";
import { commands } from "../../border/commands";
import type { SyncCard } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAct, useAsk } from "../../kit/ask";
import { Foot, Top } from "../../kit/Slots";
import { Exchange } from "./Exchange";
import { Group } from "./Group";
import { Log } from "./Log";
import { Nearby } from "./Nearby";
import { Parcels } from "./Parcels";
import { piecesOf } from "./pieces";
import "./pool.css";

/** The sync centre: what needs a person, what moves, what waits and until when, what is safe in the pool. */
export function Pool() {
  const { t } = useTranslation();
  const sync = useSync();
  const now = useAct(commands.syncNow, "sync");
  return (
    <>
      <Top title={t("app:room.pool")} crumb={sync.data?.poolUrl}>
        <Button
          variant="default"
          loading={now.busy}
          disabled={sync.data?.state === "off"}
          onClick={() => void now.run()}
        >
          {t("pool:now")}
        </Button>
      </Top>
      <Foot>
        <span>{t("pool:foot")}</span>
      </Foot>
      <div className="room pool">
        <Asked asked={sync}>{(card) => <Centre card={card} />}</Asked>
        <aside className="pane right pool-side" aria-label={t("pool:side")}>
          <Parcels />
          <Nearby />
          <Log />
        </aside>
      </div>
    </>
  );
}

function Centre({ card }: { card: SyncCard }) {
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const arrivals = useAsk(["sync", "arrivals"], commands.arrivals).data;
  const pieces = useMemo(() => piecesOf(card, arrivals), [card, arrivals]);
  return (
    <div className="pool-main" ref={setScroller} data-test="pool-main">
      <Exchange card={card} arrivals={arrivals} />
      <Group name="needs" pieces={pieces.needs} scroller={scroller} always />
      <Group name="moving" pieces={pieces.moving} scroller={scroller} />
      <Group name="waiting" pieces={pieces.waiting} scroller={scroller} more={arrivals?.more ?? 0} />
      <Group name="done" pieces={pieces.done} scroller={scroller} />
    </div>
  );
}
