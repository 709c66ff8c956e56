import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { usePollWhileStale, useRows, useStale } from "@/lib/live/hooks";
import { type RegionRow, type TerritoryRow, territoriesQuery } from "@/lib/places";
import { placesOf } from "./outline";

/** The live rows; before the first snapshot and while the socket is away for good, what the api answers. */
export function usePlaces() {
  const regions = useRows<RegionRow>("regions");
  const territories = useRows<TerritoryRow>("territories");
  const stale = useStale();
  const asked = useQuery({ ...territoriesQuery, refetchInterval: usePollWhileStale() });
  const places = useMemo(() => {
    if (regions !== null && territories !== null && !stale) return placesOf(regions, territories);
    return asked.data && placesOf(asked.data.regions, asked.data.territories);
  }, [regions, territories, stale, asked.data]);
  return { places, error: asked.error, retry: () => void asked.refetch() };
}
