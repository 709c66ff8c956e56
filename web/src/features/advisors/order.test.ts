import { expect, test } from "vitest";
import { type AdvisorRow, chosen, ordered, standing } from "./order";

const advisor = (name: string, load: number, territories: string[] = [], active = true): AdvisorRow => ({
  id: name.toLowerCase(),
  name,
  active,
  territories: territories.map((id) => ({ id, name: id })),
  clients: load * 100,
  capacity: 100,
  load,
  over_capacity: load > 1,
  aum_usd: `${10 ** (load * 10)}.00`,
  moves_in: 0,
  moves_out: 0,
});
const ann = advisor("Ann", 0.5, ["alps"]);
const bea = advisor("Bea", 1.5, ["bay", "alps"]);
const cem = advisor("Cem", 0.5, ["cape"]);

test("the fullest come first, those equally full by name whichever way", () => {
  expect(ordered([cem, ann, bea], "-load")).toEqual(["bea", "ann", "cem"]);
  expect(ordered([cem, ann, bea], "load")).toEqual(["ann", "cem", "bea"]);
  expect(ordered([cem, ann, bea], "-name")).toEqual(["cem", "bea", "ann"]);
});

test("money is compared as a number, not as text", () => {
  const rich = { ...ann, aum_usd: "10000000000.00" };
  const poor = { ...bea, aum_usd: "9.00" };
  expect(ordered([poor, rich], "-aum")).toEqual(["ann", "bea"]);
});

test("one of an advisor's territories within is enough", () => {
  expect(chosen([ann, bea, cem], "", new Set(["bay", "cape"]))).toEqual([bea, cem]);
  expect(chosen([ann, bea, cem], " AN ", null)).toEqual([ann]);
});

test("balance is 1 where all carry the same, 1/n where one carries all, and without the inactive", () => {
  expect(standing([ann, cem]).balance).toBe(1);
  expect(standing([bea, advisor("Dan", 0)]).balance).toBe(0.5);
  expect(standing([ann, cem, advisor("Eve", 3, [], false)])).toEqual({ advisors: 2, over: 0, mean: 0.5, balance: 1 });
  expect(standing([]).balance).toBe(1);
});
