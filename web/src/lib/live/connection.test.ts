import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "@/lib/api-client";
import { delayMs, Wait } from "@/lib/live/backoff";
import { Connection } from "@/lib/live/connection";
import { Wire } from "@/testing/wire";

const hello = { type: "hello" };
const line = new Connection();

async function wire(nth: number): Promise<Wire> {
  await vi.waitFor(() => expect(Wire.all).toHaveLength(nth), { timeout: 5_000 });
  return Wire.all[nth - 1] as Wire;
}

beforeEach(() => {
  vi.stubGlobal("WebSocket", Wire);
  vi.spyOn(api, "POST").mockResolvedValue({ data: { ticket: "t" } } as never);
  line.open();
});

afterEach(() => {
  line.close();
  Wire.all.length = 0;
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test("a young outage is looked at every second and a half at least, an old one less often", () => {
  expect(delayMs(0, 0, 1)).toBe(0);
  expect(Math.max(...[1, 2, 3, 50].map((attempt) => delayMs(attempt, 29_000, 1)))).toBe(1_500);
  expect(delayMs(50, 31_000, 1)).toBe(8_000);
  expect(delayMs(50, 31_000, 0)).toBe(4_000);
});

test("who waits goes on at once when the wait is over", async () => {
  const wait = new Wait();
  const waiting = wait.for(3_600_000);
  wait.over();
  await waiting;
});

test("a connection counts, and is asked for channels, only once it has said hello", async () => {
  const stop = line.store.follow("moves", () => undefined);
  const first = await wire(1);
  first.opens();
  expect([line.get().state, line.get().connections, first.sent]).toEqual(["connecting", 0, []]);
  first.says(hello);
  expect([line.get().state, line.get().connections]).toEqual(["live", 1]);
  expect(first.sent).toEqual([JSON.stringify({ type: "subscribe", ch: "moves" })]);
  stop();
});

test("a tab too many is told so, counts as no connection, and is live once there is room", async () => {
  (await wire(1)).opens();
  Wire.all[0]?.closes(1013);
  expect([line.get().state, line.get().connections]).toEqual(["crowded", 0]);
  line.retry();
  const second = await wire(2);
  second.opens();
  expect(line.get().state).toBe("crowded");
  second.says(hello);
  expect([line.get().state, line.get().connections]).toEqual(["live", 1]);
});

test("a line that breaks is mended by itself", async () => {
  (await wire(1)).opens();
  Wire.all[0]?.says(hello);
  Wire.all[0]?.closes(1006);
  expect(line.get().state).toBe("reconnecting");
  const second = await wire(2);
  second.opens();
  second.says(hello);
  expect([line.get().state, line.get().connections]).toEqual(["live", 2]);
});

test("a page says that it lags as soon as a heartbeat tells of any lag", async () => {
  const open = await wire(1);
  open.opens();
  open.says(hello);
  open.says({ type: "hb", heads: {}, watermark: null, lag_ms: 10_000 });
  expect(line.get().state).toBe("lagging");
  open.says({ type: "hb", heads: {}, watermark: null, lag_ms: 0 });
  expect(line.get().state).toBe("live");
});

test("a device that is online again asks for a new ticket at once, whatever became of the one it waits for", async () => {
  (await wire(1)).opens();
  Wire.all[0]?.says(hello);
  const lost = ({ signal }: { signal: AbortSignal }) =>
    new Promise((_, refuse) => signal.addEventListener("abort", () => refuse(signal.reason)));
  vi.mocked(api.POST).mockImplementationOnce(((_: string, init: { signal: AbortSignal }) => lost(init)) as never);
  Wire.all[0]?.closes(1006);
  await vi.waitFor(() => expect(api.POST).toHaveBeenCalledTimes(2));
  window.dispatchEvent(new Event("online"));
  await vi.waitFor(() => expect(Wire.all).toHaveLength(2), { timeout: 1_000 });
});

test("a device that is online again trusts no socket that stayed open", async () => {
  (await wire(1)).opens();
  Wire.all[0]?.says(hello);
  window.dispatchEvent(new Event("online"));
  expect(line.get().state).toBe("reconnecting");
  const second = await wire(2);
  second.opens();
  second.says(hello);
  expect([line.get().state, line.get().connections]).toEqual(["live", 2]);
});
