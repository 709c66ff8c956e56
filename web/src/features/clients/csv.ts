/** The list as a file: the columns that are shown, every digit, and no cell that a spreadsheet would run. */

import { answer, api } from "@/lib/api-client";
import type { ClientRow } from "./rows";
import { asked, type View } from "./view";

export const MOST_ROWS = 10_000;
const PAGE = 200;

const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

export function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const harmless = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export function csv(heads: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const lines = [heads, ...rows].map((row) => row.map(cell).join(","));
  return `\uFEFF${lines.join("\r\n")}\r\n`; // without the mark, spreadsheets take names for Latin-1
}

export function fileName(scope: string, asOf: Date): string {
  const where = scope.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return `clients_${where}_${asOf.toISOString().slice(0, 16).replace(":", "")}Z.csv`;
}

export interface Fetched {
  rows: ClientRow[];
  total: number;
}

/** The rows of a view from the first on, up to the most that a file takes. */
export async function fetched(view: View, onRows: (rows: number) => void): Promise<Fetched> {
  const rows: ClientRow[] = [];
  let total = 0;
  let cursor: string | null = null;
  do {
    const query = { ...asked(view), sort: view.sort, limit: PAGE, cursor };
    const page: { items: ClientRow[]; total: number; next: string | null } = await answer(
      api.GET("/api/clients", { params: { query } }),
    );
    rows.push(...page.items);
    total = page.total;
    cursor = page.next;
    onRows(rows.length);
  } while (cursor !== null && rows.length < MOST_ROWS);
  return { rows, total: Math.max(total, rows.length) };
}

export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
