/** What the sync centre lists: texts and pieces of material, each with what is known of its arrival. */
import type { Place } from "../../app/place";
import type {
  ArrivalCard,
  ArrivalsCard,
  ClipId,
  ProposalCard,
  SyncCard,
  SyncItem,
  Whereabouts,
} from "../../border/generated";
import { moment, size } from "../../kit/format";
import { i18next } from "../../words";
import { mbit, span } from "./words";

/** One row. */
export type Piece = {
  key: string;
  what: string;
  title: string;
  clip: ClipId | null;
  /** Where a person has to go for it. */
  goal: Partial<Place> | null;
  isUrgent: boolean;
  whereabouts: Whereabouts;
  arrival: ArrivalCard | null;
  /** How the exchange stands: the words for an arrival depend on it. */
  state: string;
  /** Whether the speed of the line is known. */
  isMeasured: boolean;
  bulletin: number | null;
};

export type Pieces = Record<"needs" | "moving" | "waiting" | "done", Piece[]>;

/** Sorts everything by where it is. What waits comes with its arrival, the rest from the state of the exchange. */
export function piecesOf(card: SyncCard, arrivals: ArrivalsCard | undefined): Pieces {
  const found: Pieces = { needs: [], moving: [], waiting: [], done: [] };
  const shared = {
    state: card.state,
    isMeasured: arrivals !== undefined && arrivals.rate !== null,
    bulletin: arrivals?.bulletin ?? null,
  };
  const add = (piece: Piece) => found[groupOf(piece.whereabouts)].push(piece);
  card.items.forEach((item, nth) => {
    if (arrivals && isTold(item)) return;
    const key = `${item.what}${item.story ?? ""}${item.title}${nth}`;
    const { what, title, whereabouts } = item;
    const goal = what === "field" ? goalOf(item) : null;
    add({ ...shared, key, what, title, whereabouts, clip: null, goal, isUrgent: false, arrival: null });
  });
  for (const arrival of arrivals?.items ?? []) {
    const { what, title, whereabouts, clip, isUrgent } = arrival;
    add({ ...shared, key: arrival.blob, what, title, whereabouts, clip, goal: null, isUrgent, arrival });
  }
  return found;
}

/** Where a fact with two values is settled. */
function goalOf(item: SyncItem): Partial<Place> | null {
  if (item.clip) return { room: "gather", clip: item.clip };
  return item.story ? { room: "write", story: item.story } : null;
}

/** Whether the list of arrivals tells of it too. */
function isTold({ what, whereabouts }: SyncItem): boolean {
  return what !== "text" && ["waiting", "moving", "making"].includes(whereabouts.at);
}

function groupOf(where: Whereabouts): keyof Pieces {
  if (where.at === "needs-you") return "needs";
  if (where.at === "moving") return "moving";
  return where.at === "pooled" ? "done" : "waiting";
}

/** The second and third line of a row: what is on its way and when it arrives, and what to do when that is too late. */
export function pieceWords(piece: Piece, now = Date.now()): { plain: string; warn: string } {
  const { arrival, whereabouts } = piece;
  const parts: string[] = [];
  if (whereabouts.at === "moving") {
    parts.push(`${size(whereabouts.done)} / ${size(whereabouts.total)}`);
  }
  if (piece.isUrgent) parts.push(i18next.t("pool:send.first"));
  if (arrival) parts.push(arrivalWords(piece, arrival, now));
  const warn = arrival && piece.bulletin !== null ? adviceWords(arrival, piece.bulletin, piece.state) : "";
  return { plain: parts.filter(Boolean).join(i18next.t("pool:dot")), warn };
}

function arrivalWords(piece: Piece, arrival: ArrivalCard, now: number): string {
  const { t } = i18next;
  if (arrival.whereabouts.at === "making") return t("pool:arrives.making");
  if (arrival.arrives === null) return piece.isMeasured ? t("pool:arrives.held") : "";
  if (piece.state === "idle" || piece.state === "busy") {
    return t("pool:arrives.at", { at: moment(arrival.arrives, now) });
  }
  return t("pool:arrives.after", { span: span(arrival.arrives - now) });
}

/** By how much a piece misses the bulletin, and the best that would be there in time. */
export function adviceWords(arrival: ArrivalCard, bulletin: number, state: string): string {
  const { t } = i18next;
  const hour = moment(bulletin);
  const best = arrival.proposals[0];
  if (!best) return "";
  const late = arrival.lateMs;
  const is = state === "idle" || state === "busy" ? "misses" : "would-miss";
  const first =
    late === null
      ? t("pool:late.held", { hour })
      : t(`pool:late.${is}.${arrival.what === "original" ? "full" : "piece"}`, { hour, span: span(late) });
  return `${first}${proposalWords(best, hour)}`;
}

function proposalWords(one: ProposalCard, hour: string): string {
  const { t } = i18next;
  switch (one.kind) {
    case "send-now":
      return t("pool:offer.send-now", { at: moment(one.arrives), hour });
    case "smaller":
      return t("pool:offer.smaller", {
        rate: mbit(one.bits),
        size: size(one.bytes),
        at: moment(one.arrives),
      });
    case "carry":
      return t("pool:offer.carry");
  }
}
