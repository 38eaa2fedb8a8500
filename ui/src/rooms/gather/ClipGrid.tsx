import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { ClipCard, ClipId } from "../../border/generated";
import { ClipThumb } from "../../kit/ClipThumb";
import { stepped } from "./model";

const TILE_WIDTH = 172;
const TILE_HEIGHT = 162;

type Props = { clips: readonly ClipCard[]; chosen: ClipId | null; onChoose: (clip: ClipId) => void };

/** Thousands of clips: only the rows in sight are drawn. */
export function ClipGrid({ clips, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const { ref: sized, width } = useElementSize<HTMLDivElement>();
  const columns = Math.max(1, Math.floor((width || 700) / TILE_WIDTH));
  const rows = useVirtualizer({
    count: Math.ceil(clips.length / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => TILE_HEIGHT,
    overscan: 3,
  });
  const move = (event: KeyboardEvent) => {
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const now = clips.findIndex((clip) => clip.clip === chosen);
    const next = now < 0 ? 0 : stepped(now, event.key, columns, clips.length);
    const clip = clips[next];
    if (!clip) return;
    onChoose(clip.clip);
    rows.scrollToIndex(Math.floor(next / columns));
  };
  return (
    <div
      ref={useMergedRef(scroller, sized)}
      className="clip-grid"
      role="listbox"
      aria-label={t("gather:grid")}
      tabIndex={0}
      onKeyDown={move}
    >
      <div style={{ height: rows.getTotalSize(), position: "relative" }} role="presentation">
        {rows.getVirtualItems().map((row) => (
          <div
            key={row.key}
            role="presentation"
            className="clip-row"
            style={{
              gridTemplateColumns: `repeat(${columns}, 1fr)`,
              top: row.start,
            }}
          >
            {clips.slice(row.index * columns, (row.index + 1) * columns).map((clip) => (
              <Tile key={clip.clip} clip={clip} chosen={clip.clip === chosen} onChoose={onChoose} />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

type TileProps = { clip: ClipCard; chosen: boolean; onChoose: (clip: ClipId) => void };

function Tile({ clip, chosen, onChoose }: TileProps) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      role="option"
      aria-selected={chosen}
      className="tile"
      tabIndex={-1}
      onClick={() => onChoose(clip.clip)}
    >
      <ClipThumb clip={clip} />
      <span className="clip-text tile-name">{clip.name}</span>
      <span className={`clip-text small ${clip.caption ? "muted" : "warn"}`}>
        {clip.note ? t(`gather:tile.${clip.note}`) : clip.caption || t("gather:tile.no-caption")}
      </span>
    </button>
  );
}
