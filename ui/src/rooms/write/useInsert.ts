/** Puts clips into the text; a clip that hangs on no story yet is hung on this one. */
import { commands } from "../../border/commands";
import type { ClipCard, StoryId } from "../../border/generated";
import type { StoryEditor } from "../../editor";
import { useAct } from "../../kit/ask";
import { figureOf } from "./model";

export function useInsert(editor: StoryEditor | null, story: StoryId): (clip: ClipCard) => void {
  const attach = useAct(commands.attachClip, "clips");
  return (clip) => {
    const figure = figureOf(clip);
    if (!editor || !figure) return;
    editor.insertFigure(figure);
    if (clip.story === null) void attach.run(clip.clip, story);
  };
}
