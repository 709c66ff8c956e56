/** The loaded pages of the list, and what a change on the wire does to them. Pure: rows never move by a change. */

import type { Schemas } from "@/lib/api-client";
import type { Op } from "@/lib/live/channel";

export type ClientRow = Schemas["ClientRow"];
export type ClientPage = Schemas["ClientPage"];
export interface Pages {
  pages: ClientPage[];
  pageParams: unknown[];
}

export interface Patched {
  data: Pages;
  changed: string[];
  /** Shown rows that have ended or left the reader's regions; they stand until `without` takes them out. */
  gone: string[];
  /** Changes to clients that are not loaded: they may belong into the list. */
  others: string[];
}

export function patched(data: Pages, ops: readonly Op[]): Patched {
  const byId = new Map(ops.map((op) => [op.k, op]));
  const changed: string[] = [];
  const gone: string[] = [];
  const pages = data.pages.map((page) => {
    if (!page.items.some((row) => byId.has(row.id))) return page;
    const items = page.items.map((row) => {
      const op = byId.get(row.id);
      if (op === undefined) return row;
      byId.delete(row.id);
      if (op.op === "remove") {
        gone.push(row.id);
        return row;
      }
      const next = op.d as unknown as ClientRow;
      if (next.version === row.version) return row;
      changed.push(row.id);
      return next;
    });
    return { ...page, items };
  });
  return { data: changed.length === 0 ? data : { ...data, pages }, changed, gone, others: [...byId.keys()] };
}

export function without(data: Pages, ids: ReadonlySet<string>): Pages {
  const here = data.pages.reduce((sum, page) => sum + page.items.filter((row) => ids.has(row.id)).length, 0);
  if (here === 0) return data;
  const pages = data.pages.map((page) => ({
    ...page,
    items: page.items.filter((row) => !ids.has(row.id)),
    total: page.total - here,
  }));
  return { ...data, pages };
}
