import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { test } from "vitest";
import { Flows } from "./flows";

function shown(regions: { id: string; name: string }[] | null) {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  client.setQueryData(["me"], { regions });
  const flow = { origin: null, target: { id: "jp", name: "Japan" }, clients: 3, aum_usd: "1.00" };
  const back = { origin: { id: "jp", name: "Japan" }, target: null, clients: 2, aum_usd: "1.00" };
  render(
    <QueryClientProvider client={client}>
      <Flows flows={[flow, back]} />
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
