/** What the window reads again when something became true. */
import type { QueryClient } from "@tanstack/react-query";
import type { Happened } from "../border/generated";
import { readAgain, type Topic } from "../kit/ask";

/** The topics that a piece of news makes stale. */
export function topicsOf(news: Happened): readonly Topic[] {
  switch (news.kind) {
    case "story-changed":
    case "story-received":
      return ["stories", "queue", "review", "push", "comments"];
    case "clips-changed":
      return ["clips"];
    case "cut-changed":
      return ["cuts"];
    case "job-moved":
      return ["jobs"];
    case "push-moved":
      return ["push", "stories"];
    case "channel-changed":
      return ["channels", "push"];
    case "sync-moved":
      return ["sync"];
    case "people-changed":
      return ["people", "app"];
    case "hot-folder-ready":
      return ["clips"];
    case "phase-changed":
      return ["app"];
  }
}

/** The cache is emptied at once, and then at most this often (ms): a busy core never makes the window busy. */
const REST_MS = 400;

/** Empties the cache by news. */
export function readNews(client: QueryClient): (news: Happened) => void {
  const stale = new Set<Topic>();
  let resting = false;
  const empty = () => {
    resting = stale.size > 0;
    if (!resting) return;
    for (const topic of stale) void readAgain(client, topic);
    stale.clear();
    setTimeout(empty, REST_MS);
  };
  return (news) => {
    for (const topic of topicsOf(news)) stale.add(topic);
    if (!resting) empty();
  };
}
