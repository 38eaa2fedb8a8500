import { Button } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { go } from "../../app/place";
import { commands } from "../../border/commands";
import { useAct } from "../../kit/ask";
import { Empty } from "../../kit/Empty";
import { sentenceOf } from "../../kit/failure";
import { WherePill } from "../../kit/Pill";
import { type Piece, pieceWords } from "./pieces";

/** A row without a second line, in pixels; the real height is measured. */
const ROW = 58;

type Props = {
  name: string;
  pieces: readonly Piece[];
  /** What scrolls. */
  scroller: HTMLDivElement | null;
  /** How many more there are than `pieces` tells. */
  more?: number;
  always?: boolean;
};

/** The pieces that stand alike. Thousands may wait: only the rows in sight are drawn. */
export function Group({ name, pieces, scroller, more = 0, always = false }: Props) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  const getItemKey = useCallback((index: number) => pieces[index]?.key ?? index, [pieces]);
  const rows = useVirtualizer({
    count: pieces.length,
    getScrollElement: () => scroller,
    estimateSize: () => ROW,
    getItemKey,
    scrollMargin: top,
    overscan: 6,
  });
  // What stands above may have grown.
  useLayoutEffect(() => {
    const now = list.current?.offsetTop ?? 0;
    if (now !== top) setTop(now);
  });
  if (pieces.length === 0 && !always) return null;
  return (
    <section aria-label={t(`pool:group.${name}`)} data-test={`group-${name}`}>
      <h2 className="heading">
        {t(`pool:group.${name}`)} {pieces.length + more}
      </h2>
      <div className="card">
        {pieces.length === 0 ? <Empty words={t(`pool:group.${name}.none`)} /> : null}
        <ul className="plain-list pieces" ref={list} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => {
            const piece = pieces[row.index];
            return piece ? (
              <li
                key={row.key}
                ref={rows.measureElement}
                data-index={row.index}
                className={row.index === pieces.length - 1 ? "last" : undefined}
                aria-setsize={pieces.length}
                aria-posinset={row.index + 1}
                style={{ top: row.start - top }}
              >
                <Row piece={piece} />
              </li>
            ) : null;
          })}
        </ul>
        {more > 0 ? <p className="row small muted">{t("pool:more", { count: more })}</p> : null}
      </div>
    </section>
  );
}

function Row({ piece }: { piece: Piece }) {
  const { t } = useTranslation();
  const { whereabouts, clip } = piece;
  const title = piece.title || t("kit:untitled");
  const { plain, warn } = pieceWords(piece);
  const send = useAct(commands.sendNow, "sync");
  // The small versions of a clip go along with it, and before it: one button a clip is enough.
  const open = whereabouts.at === "waiting" || (whereabouts.at === "moving" && piece.isUrgent);
  const hurries = clip !== null && open && piece.what === "original";
  return (
    <div className="row" data-test="piece" data-what={piece.what} data-at={whereabouts.at}>
      <span className="muted what">{t(`pool:what.${piece.what}`)}</span>
      <span className="grow">
        <span className="clip-text title">{title}</span>
        {whereabouts.at === "needs-you" ? (
          <span className="small alarm more">{sentenceOf(whereabouts.code)}</span>
        ) : null}
        {plain ? <span className="small muted more">{plain}</span> : null}
        {warn ? (
          <span className="small warn more" data-test="proposal">
            {warn}
          </span>
        ) : null}
      </span>
      {hurries ? (
        <Button
          variant="default"
          size="compact-sm"
          loading={send.busy}
          data-test={piece.isUrgent ? "send-later" : "send-now"}
          aria-label={t(piece.isUrgent ? "pool:send.later.named" : "pool:send.now.named", { title })}
          onClick={() => void send.run(clip, !piece.isUrgent)}
        >
          {t(piece.isUrgent ? "pool:send.later" : "pool:send.now")}
        </Button>
      ) : null}
      {piece.goal ? (
        <Button
          variant="default"
          size="compact-sm"
          data-test="go-choose"
          aria-label={t("pool:open.named", { title })}
          onClick={() => piece.goal && go(piece.goal)}
        >
          {t("pool:open")}
        </Button>
      ) : null}
      <WherePill where={whereabouts} />
    </div>
  );
}
