import { useSyncExternalStore } from "react";

/** One clock for all ages on the page, in steps of five seconds: ages that tick by themselves would never be in step. */
const STEP_MS = 5_000;
const step = (): number => Math.floor(Date.now() / STEP_MS) * STEP_MS;

function subscribe(listener: () => void): () => void {
  const timer = setInterval(listener, STEP_MS);
  return () => clearInterval(timer);
}

export function useNow(): number {
  return Math.max(useSyncExternalStore(subscribe, step), 0);
}
