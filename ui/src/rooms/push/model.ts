import type { ChannelCard, DeliveryCard, FindingCard, PushCard } from "../../border/generated";
import type { Tone } from "../../kit/Pill";

/** The releases of a signed story on one channel, newest first. */
export function deliveriesOn(signed: PushCard | undefined, channel: ChannelCard): DeliveryCard[] {
  return (signed?.deliveries ?? [])
    .filter((one) => one.channel === channel.channel)
    .toSorted((a, b) => b.at - a.at);
}

/** Whether a release may be asked for: never twice, never over an open question, never over a finding that forbids it. */
export function mayRelease(
  last: DeliveryCard | undefined,
  findings: readonly FindingCard[] | undefined,
): boolean {
  if (!findings || findings.some((one) => one.severity === "must")) return false;
  return last === undefined || last.state === "refused" || last.state === "not-released";
}

const TONES: Record<string, Tone> = {
  waiting: "warn",
  sending: "sync",
  released: "ok",
  unknown: "conflict",
  refused: "alarm",
  "not-released": "plain",
};

export function deliveryTone(state: string): Tone {
  return TONES[state] ?? "plain";
}
