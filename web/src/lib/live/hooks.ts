import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Op } from "@/lib/live/channel";
import { connection, type Status } from "@/lib/live/connection";

const { store } = connection;

export function useStatus(): Status {
  return useSyncExternalStore(connection.subscribe, connection.get);
}

/** Milliseconds between polls while the socket is away for good; false while it is not. */
export function usePollWhileStale(): number | false {
  return useStatus().state === "stale" ? 15_000 : false;
}

/** The rows of a channel, in the server's order; null until its first snapshot. */
export function useRows<T>(name: string): T[] | null {
  const subscribe = useCallback((listener: () => void) => store.follow(name, listener), [name]);
  const rows = useSyncExternalStore(subscribe, () => store.rows(name));
  const whole = store.whole(name);
  return useMemo(() => (whole ? Array.from(rows.values(), (row) => row.d as T) : null), [whole, rows]);
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
