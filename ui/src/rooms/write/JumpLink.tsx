import { useTranslation } from "react-i18next";
import type { FindingCard } from "../../border/generated";
import { goTo, type StoryEditor } from "../../editor";
import { targetOf } from "./model";

type Props = { finding: FindingCard; editor: StoryEditor | null; onJump?: () => void };

/** Leads to the place that a finding names. */
export function JumpLink({ finding, editor, onJump }: Props) {
  const { t } = useTranslation();
  const target = targetOf(finding.place);
  if (target.kind === "whole" || !editor) return null;
  const jump = () => {
    onJump?.();
    // After the dialog has given the focus back.
    setTimeout(() => {
      if (target.kind === "field") focusField(target.name);
      else focusBlock(editor, target.nth);
    }, 150);
  };
  return (
    <button type="button" className="link" onClick={jump}>
      {t("write:jump")}
    </button>
  );
}

function focusField(name: string): void {
  document.querySelector<HTMLElement>(`.desk [data-field="${name}"]`)?.focus();
}

/** Selects a passage of the nth block, or puts the focus into the caption when it is a figure. */
export function focusBlock(editor: StoryEditor, nth: number, passage = ""): void {
  const { doc } = editor.view.state;
  if (nth < 0 || nth >= doc.childCount) return;
  const id: unknown = doc.child(nth).attrs.id;
  if (typeof id === "string") goTo(editor, id, passage);
  const element = editor.view.dom.children[nth];
  element?.scrollIntoView({ block: "center" });
  const input = element?.querySelector<HTMLElement>("input, textarea");
  if (input) input.focus();
  else editor.focus();
}

/** Selects the first place where a passage stands; answers whether it is there. */
export function focusPassage(editor: StoryEditor, passage: string): boolean {
  const needle = passage.trim();
  if (needle === "") return false;
  let nth = -1;
  editor.view.state.doc.forEach((node, _offset, index) => {
    if (nth < 0 && node.textContent.includes(needle)) nth = index;
  });
  if (nth < 0) return false;
  focusBlock(editor, nth, needle);
  return true;
}
