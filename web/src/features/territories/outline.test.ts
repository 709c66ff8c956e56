import { expect, test } from "vitest";
import type { RegionRow, TerritoryRow } from "@/lib/places";
import { narrowed, openAtFirst, ordered, placesOf, ROOT } from "./outline";

const figures = { territories: 0, advisors: 0, capacity: 0, clients: 0, aum_usd: "0.00", moves_in: 0, moves_out: 0 };
const region = (id: string, parent: string | null, load = 0): RegionRow => ({ id, name: id, parent, load, ...figures });
const territory = (id: string, within: string, load = 0): TerritoryRow => ({
  ...figures,
  id,
  name: id,
  load,
  region: { id: within, name: within },
});

const places = placesOf(
  [region("World", null), region("East", "World", 0.2), region("West", "World", 0.9), region("Coast", "West")],
  [
    territory("Alps", "East", 0.5),
    territory("Bay", "East", 1.5),
    territory("Cape", "Coast", 1),
    territory("House", "World"),
  ],
);

test("siblings are sorted by the column, regions before territories", () => {
  const children = ordered(places, "-load");
  expect(children.get(ROOT)).toEqual(["r:World"]);
  expect(children.get("r:World")).toEqual(["r:West", "r:East", "t:House"]);
  expect(children.get("r:East")).toEqual(["t:Bay", "t:Alps"]);
});

test("a region whose parent is out of scope stands at the top", () => {
  const part = placesOf([region("Coast", "West")], [territory("Cape", "Coast")]);
  expect(ordered(part, "name").get(ROOT)).toEqual(["r:Coast"]);
});

test("what is typed keeps its hits, all below them and the way down to them", () => {
  const all = ordered(places, "name");
  const byTerritory = narrowed(all, places, " bay ");
  expect([...byTerritory]).toEqual(
    expect.arrayContaining([
      ["r:East", ["t:Bay"]],
      ["r:World", ["r:East"]],
    ]),
  );
  expect(narrowed(all, places, "east").get("r:East")).toEqual(["t:Alps", "t:Bay"]);
  expect(narrowed(all, places, "nowhere").size).toBe(0);
});

test("two levels are open at first, and the way to the territory that is looked at", () => {
  const all = ordered(places, "name");
  expect(openAtFirst(all, places, null).sort()).toEqual(["r:East", "r:West", "r:World"]);
  expect(openAtFirst(all, places, "Cape")).toContain("r:Coast");
});
