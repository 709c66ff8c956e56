import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, expect, test, vi } from "vitest";
import { Shell } from "@/app/shell";
import { TooltipProvider } from "@/components/ui/tooltip";
import { ApiProblem, api, askAgainMs, mayAnswerLater } from "@/lib/api-client";

const olga = { name: "Olga", username: "olga", role: "operator", regions: null, permissions: [] };
const building = new ApiProblem(
  {
    type: "about:blank",
    title: "Not ready",
    status: 503,
    code: "rebuilding",
    detail: "the view is being built from the log, 43% so far",
    errors: [],
  },
  0.05,
);

function shown() {
  const client = new QueryClient({ defaultOptions: { queries: { retryDelay: askAgainMs } } });
  render(
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <MemoryRouter>
          <Routes>
            <Route element={<Shell />}>
              <Route index element={<p>The page</p>} />
            </Route>
          </Routes>
        </MemoryRouter>
      </TooltipProvider>
    </QueryClientProvider>,
  );
}

const PATIENCE = { timeout: 20_000 }; // two busy cores are slow, not wrong

afterEach(() => vi.restoreAllMocks());

test(
  "while the api builds its view the page says how far it is, and opens by itself when it is whole",
  PATIENCE,
  async () => {
    let whole = false;
    vi.spyOn(api, "GET").mockImplementation((() => {
      return whole ? Promise.resolve({ data: olga }) : Promise.reject(building);
    }) as never);
    shown();
    expect((await screen.findByRole("alert", {}, PATIENCE)).textContent).toContain("43% so far");
    expect(screen.queryByText("The page")).toBeNull();
    await vi.waitFor(() => expect(vi.mocked(api.GET).mock.calls.length).toBeGreaterThan(5), PATIENCE); // no giving up
    whole = true;
    await screen.findByText("The page", {}, PATIENCE);
    screen.getByTitle("Everything on this page is limited to: All regions");
  },
);

test("it is asked again when the server said, else ever less often, and not where the answer would be the same", () => {
  expect(askAgainMs(0, new ApiProblem(building.problem, 2))).toBe(2_000);
  expect([0, 1, 9].map((failures) => askAgainMs(failures, new TypeError("Failed to fetch")))).toEqual([
    1_000, 2_000, 10_000,
  ]);
  expect(mayAnswerLater(building)).toBe(true);
  expect(mayAnswerLater(new ApiProblem({ ...building.problem, status: 429 }, 20))).toBe(true);
  expect(mayAnswerLater(new ApiProblem({ ...building.problem, status: 404 }, null))).toBe(false);
});
