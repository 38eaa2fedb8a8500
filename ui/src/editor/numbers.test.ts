import { describe, expect, it } from "vitest";
import { numbersOf } from "./numbers";
import { storySchema } from "./schema";

const item = (list: "ol" | "ul", depth = 0) => storySchema.node("listItem", { list, depth });
const line = () => storySchema.node("paragraph");
const numbers = (...blocks: ReturnType<typeof line>[]) => [
  ...numbersOf(storySchema.node("doc", null, blocks)).values(),
];

describe("the numbers of numbered lists", () => {
  it("count on, and begin anew after other text", () => {
    expect(numbers(item("ol"), item("ol"), line(), item("ol"))).toEqual([1, 2, 1]);
  });

  it("count a deeper list for itself, and go on when it has ended", () => {
    expect(numbers(item("ol"), item("ol", 1), item("ol", 1), item("ol"), item("ol", 1))).toEqual([
      1, 1, 2, 2, 1,
    ]);
  });

  it("leave bullets alone; a bullet of the same depth ends the list", () => {
    expect(numbers(item("ul"), item("ol"), item("ul", 1), item("ol"), item("ul"), item("ol"))).toEqual([
      1, 2, 1,
    ]);
  });
});
