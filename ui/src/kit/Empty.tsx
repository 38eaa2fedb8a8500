import type { ReactNode } from "react";

/** One sentence, one tip, one action. */
export function Empty({ words, tip, children }: { words: string; tip?: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p>{words}</p>
      {tip ? <p className="small muted">{tip}</p> : null}
      {children}
    </div>
  );
}
