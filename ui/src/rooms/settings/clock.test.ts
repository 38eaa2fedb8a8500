import { expect, it } from "vitest";
import { clockOf, minuteOf } from "./clock";

it("an hour is read as people type it, and what no clock shows is refused", () => {
  expect(["18:00", " 6:30 ", "0630", "18：05", "00:00"].map(minuteOf)).toEqual([1080, 390, 390, 1085, 0]);
  expect(["24:00", "18:60", "18", "noon", "", "1:2", "-1:00"].map(minuteOf)).toEqual(
    Array.from({ length: 7 }, () => undefined),
  );
  expect([clockOf(1080), clockOf(5), clockOf(null)]).toEqual(["18:00", "00:05", ""]);
});
