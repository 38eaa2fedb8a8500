/** The fingerprint that a decision binds to. */
import { commands } from "../../border/commands";
import type { Failure, Hash } from "../../border/generated";
import { revision } from "../../editor";
import type { StorySession } from "./session";

const textsDiffer: Failure = {
  code: "desk.texts-differ",
  params: {},
  message: "the window's fingerprint differs from the core's",
  remedy: "report",
};

/** Waits until all is on the disk, then asks the core whether it reads the very same text; throws when it does not. */
export async function checkedRev(session: StorySession): Promise<Hash> {
  await session.settled();
  const rev = hashOf(session);
  if (!(await commands.checkRev(session.story, rev))) throw textsDiffer;
  return rev;
}

/** The fingerprint of what the window shows. */
export function hashOf(session: StorySession): Hash {
  return revision(session.doc) as Hash;
}
