import { expect, test } from "vitest";
import recorded from "../../../../tests/page/layouts.json";
import { layout } from "../src/layout";

test.each(recorded.map((each, number) => [number, each] as const))("layout %i is that of Python", (_, each) => {
  const placed = layout(each.boxes, each.edges as [number, number][]);
  expect(placed.boxes.map((box) => [box.x, box.y, box.width, box.height])).toEqual(each.placed);
  expect([placed.width, placed.height]).toEqual(each.size);
});
