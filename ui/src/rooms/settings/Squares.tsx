import type { QrCard } from "../../border/generated";

/** Units of white around the squares, without which no reader finds them. */
const BORDER = 4;

/** An invitation as black squares on white, in every theme. */
export function Squares({ card, name }: { card: QrCard; name: string }) {
  const side = card.size + 2 * BORDER;
  return (
    <svg
      className="squares"
      role="img"
      aria-label={name}
      viewBox={`${-BORDER} ${-BORDER} ${side} ${side}`}
      shapeRendering="crispEdges"
      data-test="squares"
    >
      <rect x={-BORDER} y={-BORDER} width={side} height={side} className="squares-white" />
      <path d={card.path} className="squares-black" />
    </svg>
  );
}
