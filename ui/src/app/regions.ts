/** F6 walks through the parts of the window: rail, top, the panes of the room, foot. */

const TABBABLE =
  'button:enabled, input:enabled, textarea:enabled, select:enabled, a[href], summary, [contenteditable="true"], [tabindex="0"]';

function parts(): HTMLElement[] {
  const found = document.querySelectorAll<HTMLElement>(".rail, .top, .main .room > *, .foot");
  return [...found].filter((part) => entrance(part) !== undefined);
}

/** Where a part is entered: the manuscript where there is one, the chosen row, else the first control. */
function entrance(part: HTMLElement): HTMLElement | undefined {
  const best = part.querySelector<HTMLElement>(
    '[contenteditable="true"], [aria-current="page"], [aria-current="true"]',
  );
  if (best) return best;
  return [...part.querySelectorAll<HTMLElement>(TABBABLE)].find((one) => one.tabIndex >= 0);
}

/** Puts the focus into the next part, or the one before; at the end it begins anew. */
export function walkParts(by: 1 | -1): void {
  const all = parts();
  const now = all.findIndex((part) => part.contains(document.activeElement));
  const next = all[(now + by + all.length + (now < 0 && by < 0 ? 1 : 0)) % all.length];
  if (next) entrance(next)?.focus();
}

/** Up and down walk along the buttons of a column. */
export function walkColumn(column: HTMLElement, key: string): boolean {
  const by = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
  const focused = document.activeElement;
  if (by === 0 || !(focused instanceof HTMLElement)) return false;
  const buttons = [...column.querySelectorAll<HTMLElement>("button:enabled")];
  const now = buttons.indexOf(focused);
  const next = buttons[now + by];
  if (now < 0 || !next) return false;
  next.focus();
  return true;
}
