/** Keys that never fight with typing or with an input method. */
import { useEffect, useRef } from "react";

/** Whether the event belongs to text being typed or composed. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.isComposing || event.keyCode === 229) return true;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** The key by its physical place, with its helpers: `Ctrl+KeyK`, `Shift+ArrowLeft`, `KeyJ`. */
export function chord(event: KeyboardEvent): string {
  const held = [
    event.ctrlKey || event.metaKey ? "Ctrl" : "",
    event.altKey ? "Alt" : "",
    event.shiftKey ? "Shift" : "",
  ];
  return [...held.filter(Boolean), event.code === "NumpadEnter" ? "Enter" : event.code].join("+");
}

type Map = Record<string, (event: KeyboardEvent) => void>;

/** Listens on the window; plain keys act only while nothing is typed and no dialog is open. */
export function useKeys(map: Map, active = true): void {
  const latest = useRef(map);
  latest.current = map;
  useEffect(() => {
    if (!active) return;
    const press = (event: KeyboardEvent) => {
      const key = chord(event);
      const act = latest.current[key];
      if (!act || event.defaultPrevented) return;
      const plain = !key.startsWith("Ctrl") && !/^(Shift\+)?F\d/.test(key);
      if (event.isComposing || (plain && (isTyping(event) || isTaken(event) || dialogIsOpen()))) return;
      event.preventDefault();
      act(event);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [active]);
}

/** Whether the control in focus needs the key for itself. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (/^(Enter|Space)$/.test(event.code))
    return target.closest("button,a,summary") !== null && target.closest("[data-row]") === null;
  return (
    target.closest('[role="tablist"],[role="radiogroup"],[role="slider"],[role="menu"],[role="listbox"]') !==
    null
  );
}

function dialogIsOpen(): boolean {
  return document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
}
