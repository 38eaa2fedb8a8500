import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, it, vi } from "vitest";
import { readNews } from "../src/app/news";
import type { StoryId } from "../src/border/generated";

it("news that comes while a list is asked for the first time is not lost", async () => {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 30_000 } } });
  const answers: ((list: string[]) => void)[] = [];
  const queryFn = () => new Promise<string[]>((answer) => answers.push(answer));
  const queue = new QueryObserver(client, { queryKey: ["queue"], queryFn });
  const stop = queue.subscribe(() => undefined);
  expect(answers).toHaveLength(1);

  readNews(client)({ kind: "story-received", story: "0".repeat(32) as StoryId });
  answers[0]?.([]);

  await vi.waitFor(() => expect(answers, "the list is asked for again").toHaveLength(2));
  answers[1]?.(["a story"]);
  await vi.waitFor(() => expect(queue.getCurrentResult().data).toEqual(["a story"]));
  stop();
});
