/** Which advisors are shown and in what order, and how evenly the work lies on them. */

import type { Schemas } from "@/lib/api-client";

export type AdvisorRow = Schemas["AdvisorRow"];

const VALUES = {
  load: (row: AdvisorRow) => row.load,
  clients: (row: AdvisorRow) => row.clients,
  aum: (row: AdvisorRow) => Number(row.aum_usd),
  in: (row: AdvisorRow) => row.moves_in,
  out: (row: AdvisorRow) => row.moves_out,
} as const;
type Numeric = keyof typeof VALUES;

const COLUMNS = ["name", "load", "clients", "aum", "in", "out"] as const;
export type Sort = (typeof COLUMNS)[number] | `-${(typeof COLUMNS)[number]}`;
export const SORTS: Sort[] = COLUMNS.flatMap((column): Sort[] => [column, `-${column}`]);

/** `within`: the territories that one of theirs must be, or null for all. */
export function chosen(rows: readonly AdvisorRow[], words: string, within: ReadonlySet<string> | null): AdvisorRow[] {
  const wanted = words.trim().toLocaleLowerCase();
  return rows.filter(
    (row) =>
      row.name.toLocaleLowerCase().includes(wanted) &&
      (within === null || row.territories.some((territory) => within.has(territory.id))),
  );
}

/** Ids in the column's order, by name where equal, whichever way. */
export function ordered(rows: readonly AdvisorRow[], sort: Sort): string[] {
  const way = sort.startsWith("-") ? -1 : 1;
  const column = sort.replace("-", "");
  const byName = (a: AdvisorRow, b: AdvisorRow) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id);
  const value = column === "name" ? null : VALUES[column as Numeric];
  return [...rows]
    .sort((a, b) => (value === null ? way * byName(a, b) : way * (value(a) - value(b)) || byName(a, b)))
    .map((row) => row.id);
}

export interface Standing {
  advisors: number;
  over: number;
  mean: number;
  /** Jain's fairness of the loads: 1 where all carry the same, 1/n where one carries all. */
  balance: number;
}

/** Of those who are active, as the api's own balance is. */
export function standing(rows: readonly AdvisorRow[]): Standing {
  const active = rows.filter((row) => row.active);
  const sum = active.reduce((total, row) => total + row.load, 0);
  const squares = active.reduce((total, row) => total + row.load ** 2, 0);
  return {
    advisors: active.length,
    over: active.filter((row) => row.over_capacity).length,
    mean: active.length === 0 ? 0 : sum / active.length,
    balance: squares === 0 ? 1 : sum ** 2 / (active.length * squares),
  };
}

export function balanceWords(balance: number): string {
  if (balance >= 0.95) return "about the same on all";
  if (balance >= 0.8) return "fairly even";
  if (balance >= 0.6) return "uneven";
  return "a few carry most of it";
}
