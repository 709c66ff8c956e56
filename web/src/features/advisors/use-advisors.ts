import { useQuery } from "@tanstack/react-query";
import { answer, api } from "@/lib/api-client";
import { usePollWhileStale, useRowsOr } from "@/lib/live/hooks";
import type { AdvisorRow } from "./order";

/** The live rows; before the first snapshot and while the socket is away for good, what the api answers. */
export function useAdvisors() {
  const asked = useQuery({
    queryKey: ["advisors"],
    queryFn: () => answer(api.GET("/api/advisors")),
    refetchInterval: usePollWhileStale(),
  });
  const rows = useRowsOr<AdvisorRow>("advisors", asked.data?.items);
  return { rows, error: asked.error, retry: () => void asked.refetch() };
}
