import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Schemas } from "@/lib/api-client";
import { Flows } from "./flows";

type Flow = Schemas["Flow"];

const japan = { id: "jp", name: "Japan" };
const ONLY_ENDS: Flow[] = [
  { origin: null, target: japan, clients: 3, aum_usd: "1.00" },
  { origin: japan, target: null, clients: 2, aum_usd: "1.00" },
];

function shown(regions: { id: string; name: string }[] | null, flows = ONLY_ENDS) {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  client.setQueryData(["me"], { regions });
  render(
    <QueryClientProvider client={client}>
      <Flows flows={flows} />
    </QueryClientProvider>,
  );
}

test("a leader is not told that a client is new or has ended where it may have come from or gone outside", () => {
  shown([{ id: "apac", name: "Asia Pacific" }]);
  screen.getByText("new or unassigned, or outside");
  screen.getByText("ended or unassigned, or outside");
});

test("who sees all regions is told of no outside", () => {
  shown(null);
  screen.getByText("new or unassigned");
  screen.getByText("ended or unassigned");
});

test("what moved names where from and where to in full, how many clients and how much money", () => {
  const funds = { id: "uk-funds", name: "UK funds and managers" };
  const strategic = { id: "gb-strategic", name: "UK strategic accounts" };
  shown(null, [...ONLY_ENDS, { origin: funds, target: strategic, clients: 5, aum_usd: "83300000000.00" }]);
  const [, ...rows] = screen.getAllByRole("row"); // not what only came or went
  expect(
    rows.map((row) =>
      within(row)
        .getAllByRole("cell")
        .map((cell) => cell.textContent),
    ),
  ).toEqual([["UK funds and managersUK strategic accounts", "5", "$83.3B"]]);
  screen.getByLabelText("to");
  for (const { name } of [funds, strategic]) expect(screen.getByText(name).closest(".truncate")).toBeNull();
});
