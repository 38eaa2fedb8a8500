/** Asking the core and acting through it. */
import {
  type QueryClient,
  type QueryKey,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { asFailure } from "../border/call";
import type { Failure } from "../border/generated";
import { raise } from "./notices";

/** The first word of every query key; news empties by it. */
export type Topic =
  | "app"
  | "channels"
  | "checks"
  | "clips"
  | "comments"
  | "cuts"
  | "jobs"
  | "machine"
  | "people"
  | "push"
  | "queue"
  | "review"
  | "settings"
  | "stories"
  | "sync";

export type Key = readonly [Topic, ...QueryKey];

/** Reads something and keeps it until news says that it changed. */
export function useAsk<T>(key: Key, read: () => Promise<T>, enabled = true) {
  return useQuery<T, Failure>({ queryKey: key, queryFn: read, enabled });
}

/**
 * Reads a topic again. An answer that was still on its way for the first time may have been given before the change,
 * and asking again meanwhile would be given that same answer: it is asked for once more when it has come.
 */
export async function readAgain(client: QueryClient, topic: Topic): Promise<void> {
  const onTheirWay = client
    .getQueryCache()
    .findAll({ queryKey: [topic] })
    .filter((query) => query.state.data === undefined && query.state.fetchStatus !== "idle");
  await client.invalidateQueries({ queryKey: [topic] });
  const late = onTheirWay.map((query) => client.invalidateQueries({ queryKey: query.queryKey, exact: true }));
  await Promise.all(late);
}

/** Does something; a refusal goes to the notice board with its remedy, and `run` answers nothing. */
export function useAct<A extends unknown[], T>(act: (...args: A) => Promise<T>, ...touches: Topic[]) {
  const client = useQueryClient();
  const { mutateAsync, isPending } = useMutation<T, Failure, A>({ mutationFn: (args) => act(...args) });
  const run = async (...args: A): Promise<T | undefined> => {
    try {
      const answer = await mutateAsync(args);
      await Promise.all(touches.map((topic) => readAgain(client, topic)));
      return answer;
    } catch (thrown) {
      raise(asFailure(thrown));
      return undefined;
    }
  };
  return { run, busy: isPending };
}
