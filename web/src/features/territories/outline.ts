/** The tree table's rows: regions with their territories below, sorted among siblings, narrowed by what is typed. */

import { grouped } from "@/lib/grouped";
import type { RegionRow, TerritoryRow } from "@/lib/places";

export const ROOT = "";
export const COLUMNS = ["name", "clients", "aum", "advisors", "load", "in", "out"] as const;
export type Column = (typeof COLUMNS)[number];
export const SORTS = COLUMNS.flatMap((column) => [column, `-${column}`] as const);
export type Sort = (typeof SORTS)[number];

export type Place =
  | { key: string; kind: "region"; row: RegionRow }
  | { key: string; kind: "territory"; row: TerritoryRow };
/** The keys below each key, the topmost below ROOT. */
export type Children = ReadonlyMap<string, readonly string[]>;

export const regionKey = (id: string): string => `r:${id}`;
export const territoryKey = (id: string): string => `t:${id}`;

export function placesOf(regions: readonly RegionRow[], territories: readonly TerritoryRow[]): Map<string, Place> {
  const places: Place[] = [
    ...regions.map((row) => ({ key: regionKey(row.id), kind: "region" as const, row })),
    ...territories.map((row) => ({ key: territoryKey(row.id), kind: "territory" as const, row })),
  ];
  return new Map(places.map((place) => [place.key, place]));
}

export function parentOf(place: Place): string {
  if (place.kind === "territory") return regionKey(place.row.region.id);
  return place.row.parent === null ? ROOT : regionKey(place.row.parent);
}

const VALUES: Record<Exclude<Column, "name">, (row: RegionRow | TerritoryRow) => number> = {
  clients: (row) => row.clients,
  aum: (row) => Number(row.aum_usd),
  advisors: (row) => row.advisors,
  load: (row) => row.load,
  in: (row) => row.moves_in,
  out: (row) => row.moves_out,
};

/** Regions before territories, each by the column, then by name: a tie has one order only. */
function comparing(sort: Sort): (a: Place, b: Place) => number {
  const way = sort.startsWith("-") ? -1 : 1;
  const column = sort.replace("-", "") as Column;
  const byName = (a: Place, b: Place) => a.row.name.localeCompare(b.row.name) || a.key.localeCompare(b.key);
  return (a, b) => {
    if (a.kind !== b.kind) return a.kind === "region" ? -1 : 1;
    if (column === "name") return way * byName(a, b);
    return way * (VALUES[column](a.row) - VALUES[column](b.row)) || byName(a, b);
  };
}

export function ordered(places: ReadonlyMap<string, Place>, sort: Sort): Children {
  const siblings = grouped([...places.values()].sort(comparing(sort)), (place) => {
    const parent = parentOf(place);
    return places.has(parent) ? parent : ROOT;
  });
  return new Map([...siblings].map(([key, below]) => [key, below.map((place) => place.key)]));
}

/** Keeps what has the words in its name, all that lies below it, and the way down to it. */
export function narrowed(children: Children, places: ReadonlyMap<string, Place>, words: string): Children {
  const wanted = words.trim().toLocaleLowerCase();
  if (wanted === "") return children;
  const kept = new Map<string, string[]>();
  const keep = (key: string, all: boolean): boolean => {
    const hit = all || (places.get(key)?.row.name.toLocaleLowerCase().includes(wanted) ?? false);
    const below = (children.get(key) ?? []).filter((child) => keep(child, hit));
    if (below.length > 0) kept.set(key, below);
    return hit || below.length > 0;
  };
  keep(ROOT, false);
  return kept;
}

/** Open at first: the two topmost levels, and the way to the territory that is looked at. */
export function openAtFirst(children: Children, places: ReadonlyMap<string, Place>, selected: string | null): string[] {
  const tops = children.get(ROOT) ?? [];
  const open = new Set(tops.length === 1 ? [...tops, ...tops.flatMap((key) => children.get(key) ?? [])] : tops);
  let at = selected === null ? undefined : places.get(territoryKey(selected));
  while (at !== undefined) {
    const parent = parentOf(at);
    open.add(parent);
    at = places.get(parent);
  }
  return [...open].filter((key) => places.get(key)?.kind === "region");
}
