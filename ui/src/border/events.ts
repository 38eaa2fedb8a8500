/** News from the core: what became true, by id only. */
import { listen } from "@tauri-apps/api/event";
import type { Happened } from "./generated";

/** Listens until the returned function is called, also when that happens before the core has answered. */
export function listenToCore(heard: (news: Happened) => void): () => void {
  let over = false;
  let stop: (() => void) | undefined;
  listen<Happened>("happened", (event) => heard(event.payload)).then(
    (end) => {
      if (over) end();
      else stop = end;
    },
    () => undefined,
  );
  return () => {
    over = true;
    stop?.();
  };
}
