/** Numbers, moments and lengths as people read them, always with an explicit locale. */
import { i18next, spoken } from "../words";

const ZONE = "Asia/Shanghai";

const form = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(spoken(), { timeZone: ZONE, ...options });

/** `14:03:07`. */
export function clock(at: number): string {
  return form({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(at);
}

/** `14:03` today, else with the day before it. */
export function moment(at: number, now = Date.now()): string {
  const time = form({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
  return dayKey(at) === dayKey(now) ? time : `${shortDay(at)} ${time}`;
}

/** `14:03:07` today, else the day and the minute. */
export function exact(at: number, now = Date.now()): string {
  return dayKey(at) === dayKey(now) ? clock(at) : moment(at, now);
}

/** `11月23日` or `23 Nov`. */
export function shortDay(at: number): string {
  return form({ month: "short", day: "numeric" }).format(at);
}

/** The day with its week-day. */
export function longDay(at: number): string {
  return form({ month: "long", day: "numeric", weekday: "long" }).format(at);
}

function dayKey(at: number): string {
  return form({ year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

/** `18 MB`: three digits at most, powers of 1000 as disk makers count. */
export function size(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 10 ? 0 : 1;
  return `${new Intl.NumberFormat(spoken(), { maximumFractionDigits: digits }).format(value)} ${units[unit]}`;
}

export function number(value: number): string {
  return new Intl.NumberFormat(spoken()).format(value);
}

/** Read-aloud time in words. */
export function spokenTime(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return i18next.t("kit:seconds", { seconds: whole });
  return i18next.t("kit:minutes", { minutes: Math.floor(whole / 60), seconds: whole % 60 });
}

/** `1:15`, or `1:02:03`. */
export function runningTime(ms: number): string {
  const whole = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0/, "");
}

/** `00:00:41:12`: hours, minutes, seconds and frame. */
export function timecode(ms: number, fps: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const frames = Math.floor((ms / 1000) * fps + 1e-6);
  const whole = Math.floor(frames / Math.round(fps));
  const frame = frames % Math.round(fps);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60, frame].map(two).join(":");
}

/** First and last digits of a fingerprint, for people. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 4)}·${hash.slice(4, 8)}`;
}
