/** The tree of regions and territories as anybody may ask for it, and the hues that its parts are drawn in. */

import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/lib/api-client";
import { grouped } from "@/lib/grouped";

export type Territories = Schemas["Territories"];
export type TerritoryRow = Schemas["TerritoryRow"];
export type RegionRow = Schemas["RegionRow"];

export const territoriesQuery = queryOptions({
  queryKey: ["territories"],
  queryFn: () => answer(api.GET("/api/territories")),
  staleTime: 60_000,
});

/** In this order, so that the first four stay apart for red- and green-blind eyes too (the test measures it). */
export const FAMILIES = [80, 280, 345, 150, 230, 315, 110, 50] as const;
const SPREAD = 20; // degrees that the regions of one family lie apart at most: less than two families do

export interface Hues {
  regions: ReadonlyMap<string, number>;
  territories: ReadonlyMap<string, number>;
}

type Places = Pick<Territories, "regions" | "territories">;

const known = new WeakMap<Places, Hues>();

/** A family of hues for each area, which is a topmost region, or the next level where there is one top only. */
export function huesOf(all: Places): Hues {
  const found = known.get(all) ?? measured(all);
  known.set(all, found);
  return found;
}

function measured({ regions, territories }: Places): Hues {
  const below = grouped([...regions].sort(byId), (region) => region.parent ?? "");
  const tops = below.get("") ?? [];
  const [top] = tops;
  const areas = tops.length === 1 && top !== undefined ? (below.get(top.id) ?? []) : tops;
  const hues = new Map<string, number>();
  areas.forEach((area, i) => {
    const base = FAMILIES[i % FAMILIES.length] ?? 0;
    const inside = everyBelow(area.id, below);
    hues.set(area.id, base);
    inside.forEach((id, at) => {
      hues.set(id, base + SPREAD * ((at + 1) / (inside.length + 1) - 0.5));
    });
  });
  const ofTerritory = territories.flatMap(({ id, region }): [string, number][] => {
    const hue = hues.get(region.id);
    return hue === undefined ? [] : [[id, hue]];
  });
  return { regions: hues, territories: new Map(ofTerritory) };
}

function everyBelow(id: string, below: ReadonlyMap<string, RegionRow[]>): string[] {
  return (below.get(id) ?? []).flatMap((child) => [child.id, ...everyBelow(child.id, below)]);
}

const byId = (a: RegionRow, b: RegionRow): number => (a.id < b.id ? -1 : 1);
