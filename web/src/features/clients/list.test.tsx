import { describe, expect, it } from "vitest";
import { cell, csv, fileName } from "./csv";
import { withChosen } from "./facet-rail";
import { parts } from "./marked";
import { moved } from "./row-keys";
import { type ClientRow, type Pages, patched, without } from "./rows";
import { dollars } from "./words";

const row = (id: string, version = "1.1"): ClientRow => ({ id, version, name: id }) as ClientRow;
const pages = (...ids: string[][]): Pages => ({
  pages: ids.map((items) => ({ items: items.map((id) => row(id)), total: 9, next: null })),
  pageParams: [],
});
const names = (data: Pages): string[] => data.pages.flatMap((page) => page.items.map((one) => one.id));

describe("changes of the list", () => {
  it("patch rows where they stand, and tell which", () => {
    const d = row("b", "2.1") as unknown as Record<string, never>;
    const found = patched(pages(["a", "b"], ["c"]), [{ op: "upsert", k: "b", ver: 2, d }]);
    expect(names(found.data)).toEqual(["a", "b", "c"]);
    expect(found.data.pages[0]?.items[1]?.version).toBe("2.1");
    expect(found.changed).toEqual(["b"]);
    expect(found.others).toEqual([]);
  });

  it("leave a row that has gone in its place until it is taken out, and then count one less", () => {
    const found = patched(pages(["a", "b"], ["c"]), [{ op: "remove", k: "c", ver: 2 }]);
    expect(names(found.data)).toEqual(["a", "b", "c"]);
    const after = without(found.data, new Set(found.gone));
    expect(names(after)).toEqual(["a", "b"]);
    expect(after.pages.map((page) => page.total)).toEqual([8, 8]);
  });

  it("to clients that are not shown only wait", () => {
    const before = pages(["a"]);
    const found = patched(before, [{ op: "remove", k: "z", ver: 2 }]);
    expect(found.data).toBe(before);
    expect(found.others).toEqual(["z"]);
  });
});

describe("a file", () => {
  it("holds no cell that a spreadsheet would run", () => {
    for (const text of ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx"]) expect(cell(text)).toBe(`'${text}`);
    expect(cell('=HYPERLINK("http://x","y")')).toBe('"\'=HYPERLINK(""http://x"",""y"")"');
  });

  it("keeps numbers numbers, and quotes what needs it", () => {
    expect(cell("-5.00")).toBe("-5.00");
    expect(csv(["name"], [["Smith, Inc."], [null], [3]])).toBe('\uFEFFname\r\n"Smith, Inc."\r\n\r\n3\r\n');
  });

  it("says in its name whose view it is and of when", () => {
    const asOf = new Date("2026-11-24T14:43:10Z");
    expect(fileName("All regions", asOf)).toBe("clients_all-regions_2026-11-24T1443Z.csv");
  });
});

describe("typed text", () => {
  it("is marked where it begins a word, as the search finds it", () => {
    const hits = (text: string, typed: string) => parts(text, typed).filter((part) => part.hit);
    expect(hits("Royal London Short Royale", "roy").map((part) => part.text)).toEqual(["Roy", "Roy"]);
    expect(hits("Arroyo", "roy")).toEqual([]);
    expect(hits("A (b) c", "(b")).toEqual([{ text: "b", hit: true }]);
  });

  it("is an amount in whole dollars, nothing, or a fault", () => {
    expect(["250m", "$1.5B", "2,000,000", "", "lots", "1.5.2m", "999999t"].map(dollars)).toEqual([
      250_000_000,
      1_500_000_000,
      2_000_000,
      null,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

it("keys move within the list and never out of it", () => {
  expect(moved("ArrowDown", 4, 5)).toBe(4);
  expect(moved("ArrowUp", 0, 5)).toBe(0);
  expect(moved("PageDown", 0, 50)).toBe(10);
  expect(moved("End", 0, 50)).toBe(49);
  expect(moved("x", 0, 50)).toBeNull();
});

it("a chosen value stays to be unchosen when no client has it", () => {
  const values = [{ value: "a", label: "A", clients: 3, selected: false }];
  expect(withChosen(values, ["z"]).map((value) => [value.value, value.clients])).toEqual([
    ["a", 3],
    ["z", 0],
  ]);
});
