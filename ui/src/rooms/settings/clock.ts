/** Minutes of the day as people type them. */

/** `18:00`, or nothing. */
export function clockOf(minute: number | null): string {
  if (minute === null) return "";
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** The minute of `18:00`, `6:30`, `18：00` or `1800`; nothing when the clock has no such minute. */
export function minuteOf(text: string): number | undefined {
  const found = /^(\d{1,2})[:：](\d{2})$|^(\d{2})(\d{2})$/.exec(text.trim());
  if (!found) return undefined;
  const hours = Number(found[1] ?? found[3]);
  const minutes = Number(found[2] ?? found[4]);
  return hours < 24 && minutes < 60 ? hours * 60 + minutes : undefined;
}
