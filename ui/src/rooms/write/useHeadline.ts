/** The headline as it stands on the screen now, ahead of the list, which follows at the next sealing. */
import { useSyncExternalStore } from "react";
import type * as Y from "yjs";

export function useHeadline(doc: Y.Doc): string {
  return useSyncExternalStore(
    (heard) => {
      const text = doc.getText("headline");
      text.observe(heard);
      return () => text.unobserve(heard);
    },
    () => doc.getText("headline").toString(),
  );
}
