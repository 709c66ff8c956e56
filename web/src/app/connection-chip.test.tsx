import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, fireEvent, render, screen } from "@testing-library/react";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Shell } from "@/app/shell";
import { TooltipProvider } from "@/components/ui/tooltip";
import { api } from "@/lib/api-client";
import { usePollWhileStale } from "@/lib/live/hooks";
import { meQuery } from "@/lib/me";
import { Wire } from "@/testing/wire";

const ada = { name: "Ada", username: "ada", role: "analyst", regions: null, permissions: ["read_clients"] };
const SOON_MS = 100; // for a ticket to be had and a socket to be made
const ask = vi.fn(() => Promise.resolve(true));

/** As every page does: asks once, and again while the line is away for good. */
function Page() {
  useQuery({ queryKey: ["page"], queryFn: ask, refetchInterval: usePollWhileStale() });
  return <p>The page</p>;
}

const passes = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const chip = () => screen.getByTestId("connection").textContent;
const banner = () => screen.queryByRole("alert")?.textContent ?? null;

function online(now: boolean): void {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(now);
  act(() => void window.dispatchEvent(new Event(now ? "online" : "offline")));
}

/** The newest socket opens and the server says hello. */
function connected(): Wire {
  const wire = Wire.all.at(-1) as Wire;
  act(() => {
    wire.opens();
    wire.says({ type: "hello" });
  });
  return wire;
}

/** Time passes, and the server is heard all along. */
async function passesLive(wire: Wire, seconds: number): Promise<void> {
  for (let gone = 0; gone < seconds; gone += 5) {
    act(() => wire.says({ type: "hb", heads: {}, watermark: null, lag_ms: 0 }));
    await passes(5_000);
  }
}

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse("2026-11-24T14:43:10Z") });
  vi.stubGlobal("WebSocket", Wire);
  vi.spyOn(api, "POST").mockResolvedValue({ data: { ticket: "t" } } as never);
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  queries.setQueryData(meQuery.queryKey, ada as never);
  render(
    <QueryClientProvider client={queries}>
      <TooltipProvider>
        <MemoryRouter>
          <Routes>
            <Route element={<Shell />}>
              <Route index element={<Page />} />
            </Route>
          </Routes>
        </MemoryRouter>
      </TooltipProvider>
    </QueryClientProvider>,
  );
  await passes(SOON_MS);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  ask.mockClear();
  Wire.all.length = 0;
});

test("a live page says so, has nothing to warn of, and asks for nothing twice", async () => {
  await passesLive(connected(), 60);
  expect([chip(), banner()]).toEqual(["Live", null]);
  expect(ask).toHaveBeenCalledOnce();
});

test("a line that is away for half a minute is told, and the page asks every 15 seconds until it is back", async () => {
  const broken = connected();
  await passesLive(broken, 10);
  vi.mocked(api.POST).mockRejectedValue(new TypeError("Failed to fetch"));
  act(() => broken.closes(1006));
  await passes(29_000);
  expect([chip(), banner()]).toEqual(["Reconnecting", null]);
  await passes(3_000);
  expect(chip()).toBe("Not live");
  expect(banner()).toMatch(/^No live connection; the page asks every 15 seconds instead\. What is shown is from \d/);
  expect(ask).toHaveBeenCalledTimes(1);
  await passes(15_000);
  expect(ask).toHaveBeenCalledTimes(2);
  await passes(15_000);
  expect(ask).toHaveBeenCalledTimes(3);

  const before = Wire.all.length;
  vi.mocked(api.POST).mockResolvedValue({ data: { ticket: "t" } } as never);
  fireEvent.click(screen.getByRole("button", { name: "Retry now" }));
  await passes(SOON_MS);
  expect(Wire.all.length).toBe(before + 1);
  const mended = connected();
  expect([chip(), banner()]).toEqual(["Live", null]);
  await passesLive(mended, 60);
  expect(ask).toHaveBeenCalledTimes(3);
});

test("a device that is offline is told at once, and no more once it is online and connected again", async () => {
  connected();
  online(false);
  expect(chip()).toBe("Offline");
  expect(banner()).toMatch(/^This device is offline\. What is shown is from \d/);
  online(true);
  await passes(SOON_MS);
  await passesLive(connected(), 5);
  expect([chip(), banner()]).toEqual(["Live", null]);
});
