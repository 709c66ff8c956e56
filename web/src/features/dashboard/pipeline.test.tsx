import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Schemas } from "@/lib/api-client";
import { Pipeline } from "./pipeline";

const stage = {
  stage: "assign",
  replicas: 2,
  records_per_s: 12.5,
  rejected_per_s: 0,
  p50_ms: 40,
  p99_ms: 210,
  lag: 3,
  points: [],
};
const moved = (id: string, arrived: number, left: number) => ({ territory: { id, name: id }, arrived, left });

function shown(pulse: Partial<Schemas["Pulse"]>) {
  const client = new QueryClient({
    defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } },
  });
  client.setQueryData(["pulse"], { as_of: new Date().toISOString(), window_s: 10, stages: [], moves: [], ...pulse });
  render(
    <QueryClientProvider client={client}>
      <Pipeline />
    </QueryClientProvider>,
  );
}

test("each stage tells its rate, and each territory what came and went, most first", () => {
  shown({ stages: [stage], moves: [moved("Alps", 1, 0), moved("Bay", 3, 2)] });
  screen.getByText("210 ms");
  expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    expect.stringContaining("Assign"),
    "Bay +3 −2",
    "Alps +1",
  ]);
  expect(screen.queryByText(/Pulse is quiet/)).toBeNull();
});

test("who may not see the stages is told of the moves alone", () => {
  shown({ stages: null, moves: [moved("Alps", 1, 0)] });
  screen.getByText("Alps");
  expect(screen.queryByText("Pipeline")).toBeNull();
});

test("an old strip says since when, and goes on showing what it knows", () => {
  shown({ as_of: new Date(Date.now() - 120_000).toISOString(), stages: [stage] });
  screen.getByText(/Pulse is quiet: as of/);
  screen.getByText("210 ms");
});

test("a strip that is half a minute old says so: windows are said every second", () => {
  shown({ as_of: new Date(Date.now() - 30_000).toISOString(), stages: [stage] });
  screen.getByText(/Pulse is quiet: as of/);
});

test("where pulse has never spoken nothing is said of moves: that there were none is not known", () => {
  shown({ as_of: null, stages: [], moves: [] });
  screen.getByText("Pulse is not running");
  expect(screen.queryByText(/None in the last minutes/)).toBeNull();
});
