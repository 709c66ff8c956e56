import { useOps } from "@/lib/live/hooks";
import { useThrottled } from "@/lib/use-throttled";

const EVERY_MS = 1_000;

/** Asks again for what lies behind a row when the row has changed; a storm of changes is one question a second. */
export function useRefetchOnChange(channel: string, id: string, refetch: () => void): void {
  const again = useThrottled(refetch, EVERY_MS);
  useOps(channel, (ops) => {
    if (ops.some((op) => op.k === id)) again();
  });
}
