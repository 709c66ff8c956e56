import { expect, test } from "vitest";
import { FAMILIES, huesOf, type RegionRow, type TerritoryRow } from "@/lib/places";

const region = (id: string, parent: string | null): RegionRow => ({
  id,
  name: id,
  parent,
  territories: 1,
  advisors: 1,
  capacity: 1,
  load: 0,
  clients: 0,
  aum_usd: "0.00",
  moves_in: 0,
  moves_out: 0,
});
const territory = (id: string, within: string): TerritoryRow => ({
  ...region(id, null),
  region: { id: within, name: within },
});

test("regions under one top have a family of hues each, and what lies at the top has none", () => {
  const regions = [region("world", null), region("east", "world"), region("west", "world"), region("far", "east")];
  const { regions: hues, territories } = huesOf({
    regions,
    territories: [territory("harbour", "far"), territory("plain", "west"), territory("house", "world")],
  });
  expect(hues.get("east")).toBe(FAMILIES[0]);
  expect(hues.get("west")).toBe(FAMILIES[1]);
  expect(Math.abs((territories.get("harbour") ?? 999) - FAMILIES[0])).toBeLessThanOrEqual(10);
  expect(territories.has("house")).toBe(false);
});

test("the hues do not depend on the order in which regions come", () => {
  const regions = [region("b", null), region("a", null), region("c", "b"), region("d", "b")];
  expect(huesOf({ regions: [...regions].reverse(), territories: [] })).toEqual(huesOf({ regions, territories: [] }));
});

// Machado, Oliveira and Fernandes 2009, severity 1; on linear RGB.
const EYES: Record<string, number[][]> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
};
const through = (m: number[][], v: number[]) => m.map((row) => row.reduce((sum, x, i) => sum + x * (v[i] ?? 0), 0));

function linear(l: number, c: number, h: number): number[] {
  const [a, b] = [c * Math.cos((h * Math.PI) / 180), c * Math.sin((h * Math.PI) / 180)];
  const lms = [
    l + 0.3963377774 * a + 0.2158037573 * b,
    l - 0.1055613458 * a - 0.0638541728 * b,
    l - 0.0894841775 * a - 1.291485548 * b,
  ];
  const toRgb = [
    [4.0767416621, -3.3077115913, 0.2309699292],
    [-1.2684380046, 2.6097574011, -0.3413193965],
    [-0.0041960863, -0.7034186147, 1.707614701],
  ];
  return through(
    toRgb,
    lms.map((x) => x ** 3),
  );
}

function lab(rgb: number[]): number[] {
  const toLms = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ];
  const toLab = [
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
  ];
  return through(
    toLab,
    through(
      toLms,
      rgb.map((x) => Math.max(0, x)),
    ).map(Math.cbrt),
  );
}

test.each(Object.keys(EYES))("the first four families are told apart by eyes of %s sight", (sight) => {
  for (const lightness of [0.6, 0.72]) {
    const seen = FAMILIES.slice(0, 4).map((hue) => lab(through(EYES[sight] ?? [], linear(lightness, 0.12, hue))));
    seen.forEach((one, i) => {
      for (const other of seen.slice(i + 1)) {
        expect(Math.hypot(...one.map((x, at) => x - (other[at] ?? 0)))).toBeGreaterThan(0.05);
      }
    });
  }
});
