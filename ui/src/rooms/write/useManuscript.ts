/** What the rooms know about the text on the screen, a little behind the keys so that typing stays quick. */
import { useEffect, useRef, useState } from "react";
import { type Counts, countsOf, type StoryEditor } from "../../editor";

const BEHIND_MS = 250;

export type Manuscript = {
  editor: StoryEditor | null;
  counts: Counts | null;
  /** Grows with every change that was counted. */
  version: number;
  /** To be called when the editor is there and after every change of the text. */
  heard: (editor: StoryEditor) => void;
};

export function useManuscript(perMinute: number | undefined): Manuscript {
  const [state, setState] = useState<{ editor: StoryEditor | null; version: number }>({
    editor: null,
    version: 0,
  });
  const [counts, setCounts] = useState<Counts | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const { editor, version } = state;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version of the text is counted anew
  useEffect(() => {
    if (editor) setCounts(countsOf(editor.plainText(), perMinute));
  }, [editor, version, perMinute]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const heard = (one: StoryEditor) => {
    const tell = () => {
      timer.current = undefined;
      setState((before) => ({ editor: one, version: before.version + 1 }));
    };
    if (one !== editor) {
      clearTimeout(timer.current);
      tell();
    } else timer.current ??= setTimeout(tell, BEHIND_MS);
  };
  return { editor, counts, version, heard };
}
