/** The questions that several rooms ask. */
import { commands } from "../border/commands";
import type { Me, StoryId } from "../border/generated";
import { useAsk } from "../kit/ask";

export const useApp = () => useAsk(["app"], commands.appState);
export const useSettings = () => useAsk(["settings"], commands.settings);
export const useStories = () => useAsk(["stories"], commands.stories);
export const useSync = () => useAsk(["sync"], commands.syncState);
export const useJobs = () => useAsk(["jobs"], commands.jobs);
export const useQueue = () => useAsk(["queue"], commands.queue);
export const useClips = (story: StoryId | null) =>
  useAsk(["clips", story ?? "all"], () => commands.clips(story));

/** The person at this laptop; there always is one once the rooms are open. */
export function useMe(): Me | null {
  return useApp().data?.me ?? null;
}

/** The address before every picture and player, and whether the core has answered for it. */
export function useMedia(): { base: string; known: boolean } {
  const asked = useAsk(["app", "media-base"], commands.mediaBase);
  return { base: asked.data ?? "", known: asked.data !== undefined || asked.isError };
}

/** The address before every picture and player; empty until known. */
export function useMediaBase(): string {
  return useMedia().base;
}
