import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import { type RegionRow, type TerritoryRow, territoriesQuery } from "@/lib/places";
import { ordered, placesOf } from "./outline";
import { TreeTable } from "./tree-table";

const figures = { advisors: 0, capacity: 0, clients: 0, load: 0, aum_usd: "0.00", moves_in: 0, moves_out: 0 };
const region = (id: string, parent: string | null): RegionRow => ({ id, name: id, parent, territories: 0, ...figures });
const territory = (id: string, within: string): TerritoryRow => ({
  id,
  name: id,
  region: { id: within, name: within },
  ...figures,
});

const places = placesOf(
  [region("World", null), region("East", "World"), region("West", "World")],
  [territory("Alps", "East"), territory("Bay", "East"), territory("Cape", "West")],
);
const children = ordered(places, "name");

function Page({ onSelect }: { onSelect: (id: string) => void }) {
  const [open, setOpen] = useState(["r:World"]);
  return (
    <TreeTable
      places={places}
      words=""
      open={open}
      onOpen={setOpen}
      selected={null}
      onSelect={onSelect}
      sort="name"
      onSort={() => undefined}
    >
      {children}
    </TreeTable>
  );
}

function shown() {
  const onSelect = vi.fn();
  const queries = new QueryClient();
  queries.setQueryData(territoriesQuery.queryKey, { regions: [], territories: [], tiers: [] });
  render(
    <QueryClientProvider client={queries}>
      <Page onSelect={onSelect} />
    </QueryClientProvider>,
  );
  return onSelect;
}

const PATIENCE = { timeout: 20_000 }; // two busy cores are slow, not wrong

function row(name: string): HTMLElement {
  const found = screen.getByText(name).closest("tr");
  if (found === null) throw new Error(`${name} is not in a row`);
  return found;
}
const focused = (name: string) => vi.waitFor(() => expect(document.activeElement).toBe(row(name)), PATIENCE);

test("arrows walk the tree, right opens and goes in, left goes out and closes, Enter selects", PATIENCE, async () => {
  const user = userEvent.setup();
  const onSelect = shown();
  row("World").focus();
  await user.keyboard("{ArrowDown}");
  await focused("East");
  expect(row("East").getAttribute("aria-expanded")).toBe("false");
  await user.keyboard("{ArrowRight}");
  expect(row("East").getAttribute("aria-expanded")).toBe("true");
  await user.keyboard("{ArrowRight}");
  await focused("Alps");
  expect(row("Alps").getAttribute("aria-level")).toBe("3");
  expect(row("Alps").hasAttribute("aria-expanded")).toBe(false);
  await user.keyboard("{Enter}");
  expect(onSelect).toHaveBeenCalledExactlyOnceWith("Alps");
  await user.keyboard("{ArrowLeft}");
  await focused("East");
  await user.keyboard("{ArrowLeft}");
  expect(row("East").getAttribute("aria-expanded")).toBe("false");
  await user.keyboard("{End}");
  await focused("West");
  await user.keyboard("{Home}");
  await focused("World");
});

test("one row only is in the tab order", () => {
  shown();
  expect(["World", "East", "West"].map((name) => row(name).tabIndex)).toEqual([0, -1, -1]);
});
