import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Op } from "@/lib/live/channel";
import { connection, type Status } from "@/lib/live/connection";

const { store } = connection;

export function useStatus(): Status {
  return useSyncExternalStore(connection.subscribe, connection.get);
}

/** The socket is away for good: what the api answers is newer than what the channels hold. */
export function useStale(): boolean {
  const { state } = useStatus();
  return state === "stale" || state === "crowded";
}

/** Milliseconds between polls while the socket is away for good; false while it is not. */
export const usePollWhileStale = (): number | false => useStale() && 15_000;

/** The rows of a channel, in the server's order; null until its first snapshot. */
export function useRows<T>(name: string): T[] | null {
  const subscribe = useCallback((listener: () => void) => store.follow(name, listener), [name]);
  const rows = useSyncExternalStore(subscribe, () => store.rows(name));
  const whole = store.whole(name);
  return useMemo(() => (whole ? Array.from(rows.values(), (row) => row.d as T) : null), [whole, rows]);
}

/** The rows of a channel, or what was asked over HTTP where that is newer or the channel has not spoken. */
export function useRowsOr<T>(name: string, asked: T[] | undefined): T[] | undefined {
  const live = useRows<T>(name) ?? undefined;
  return useStale() ? (asked ?? live) : (live ?? asked);
}

/** Hears what changes in a channel, once per beat. */
export function useOps(name: string, listener: (ops: readonly Op[]) => void): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(
    () =>
      store.follow(
        name,
        () => undefined,
        (ops) => latest.current(ops),
      ),
    [name],
  );
}

export function usePaused(): { paused: boolean; waiting: number; toggle: () => void } {
  const paused = useSyncExternalStore(store.onPause, store.paused);
  const waiting = useSyncExternalStore(store.onPause, store.waitingCount);
  return { paused, waiting, toggle: () => (paused ? store.resume() : store.pause()) };
}
