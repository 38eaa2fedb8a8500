import { useTranslation } from "react-i18next";
import type { DiffBlock } from "../border/generated";
import "./diff.css";
import { wordOf } from "./failure";

const FIELDS = ["headline", "kicker", "deck", "dateline", "byline"];

/** Two versions as one text: what came is underlined, what went is struck. */
export function DiffView({ blocks, onlyChanges }: { blocks: readonly DiffBlock[]; onlyChanges: boolean }) {
  const { t } = useTranslation();
  const shown = onlyChanges ? blocks.filter((block) => block.kind !== "same") : blocks;
  if (shown.length === 0) return <p className="empty">{t("kit:diff.none")}</p>;
  return (
    <div className="diff" data-test="diff">
      {shown.map((block, index) => (
        <div key={`${index}${block.block}`} className={`diff-block ${block.kind} ${block.block}`}>
          {nameOf(block) === "" ? null : <span className="diff-name">{nameOf(block)}</span>}
          <p>
            {block.pieces.map(([sign, text], at) => {
              if (sign === "+") return <ins key={at}>{text}</ins>;
              if (sign === "-") return <del key={at}>{text}</del>;
              return <span key={at}>{text}</span>;
            })}
          </p>
        </div>
      ))}
    </div>
  );
}

/** What a block is called; body text needs no name. */
function nameOf(block: DiffBlock): string {
  return wordOf(FIELDS.includes(block.block) ? "write:field" : "kit:diff", block.block, "");
}

/** How many blocks changed. */
export function changesIn(blocks: readonly DiffBlock[]): number {
  return blocks.filter((block) => block.kind !== "same").length;
}
