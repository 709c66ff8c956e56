import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Schemas } from "@/lib/api-client";
import { Told, versionWords } from "./past";

const entry: Schemas["HistoryEntry"] = {
  territory: { id: "gb", name: "UK funds" },
  region: null,
  advisor: null,
  tier: null,
  segment: null,
  decided_by: null,
  effective_from: "2026-03-01T10:00:00Z",
  effective_to: null,
};
const version = (changes: Schemas["FieldChange"][]): Schemas["HistoryVersion"] => ({
  status: "live",
  valid_from: "2026-03-01T10:00:00Z",
  valid_to: null,
  changes,
});
const renamed = version([
  { field: "name", before: "Acme", after: "Acme AG" },
  { field: "lei", before: null, after: "5299" },
]);
const kept: Schemas["History"] = {
  complete: true,
  entries: [entry],
  versions: [renamed, version([{ field: "name", before: null, after: "Acme" }])],
  loaded_at: null,
  watermark: "2026-03-01T10:00:00Z",
};

test("golden records are told by what they changed, from what to what", () => {
  render(<Told kept={kept} />);
  screen.getByText("Name, LEI changed");
  expect(screen.getByText("Acme").parentElement?.textContent).toBe("Name: Acme → Acme AG");
  expect(screen.getByText("5299").parentElement?.textContent).toBe("LEI: – → 5299");
  screen.getByText("The first that is kept, of 1 field");
  expect(versionWords({ status: "ended", changes: [] }, false)).toBe("Ended");
});

test("what holds now is said where the warehouse has loaded everything", () => {
  render(<Told kept={kept} />);
  screen.getByText("holds now");
  screen.getByText(/Complete up to 2026-03-01/);
});

test("a warehouse that is behind says so, and calls nothing present or complete", () => {
  render(<Told kept={{ ...kept, complete: false, loaded_at: "2026-03-01T11:00:00Z" }} />);
  screen.getByText("The warehouse is behind.");
  screen.getByText(/last load was checked at 2026-03-01 11:00:00 UTC/);
  expect(screen.queryByText("holds now")).toBeNull();
  expect(screen.queryByText(/^Complete up to/)).toBeNull();
});
