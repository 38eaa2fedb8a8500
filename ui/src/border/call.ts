/** The one way to the core. Only this file and `events.ts` know Tauri. */
import { invoke } from "@tauri-apps/api/core";
import { listenToCore } from "./events";
import type { Failure, Happened } from "./generated";

export type Args = Record<string, unknown>;

/** What carries calls and news; the gallery and the tests put their own here. */
export interface Transport {
  call(name: string, args: Args): Promise<unknown>;
  listen(heard: (news: Happened) => void): () => void;
}

const core: Transport = {
  call: (name, args) => invoke(name, args),
  listen: listenToCore,
};

let transport: Transport = core;

export function setTransport(next: Transport): void {
  transport = next;
}

/** Calls a command; what is thrown is always a `Failure`. */
export async function call<T>(name: string, args: Args = {}): Promise<T> {
  try {
    return (await transport.call(name, args)) as T;
  } catch (thrown) {
    throw asFailure(thrown);
  }
}

export function listen(heard: (news: Happened) => void): () => void {
  return transport.listen(heard);
}

/** Whatever was thrown, as a failure that the notice board can draw. */
export function asFailure(thrown: unknown): Failure {
  if (isFailure(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "window.fault", params: {}, message, remedy: "report" };
}

function isFailure(thrown: unknown): thrown is Failure {
  return typeof thrown === "object" && thrown !== null && "code" in thrown && "remedy" in thrown;
}
