/** Who asks, as the api sees them: the role's permissions and the regions that every answer is limited to. */

import { queryOptions, useQuery } from "@tanstack/react-query";
import { answer, api, mayAnswerLater, type Schemas } from "@/lib/api-client";

export type Me = Schemas["Me"];
export type Permission = "read_clients" | "override" | "decide_matches" | "read_pipeline";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => answer(api.GET("/api/me")),
  staleTime: 300_000,
  retry: (_failures, error) => mayAnswerLater(error), // for as long as it takes: no page stands without it
});

export const useMe = (): Me | undefined => useQuery(meQuery).data;

export function useMay(permission: Permission): boolean {
  return useMe()?.permissions.includes(permission) ?? false;
}

export function scopeWords(me: Me): string {
  return me.regions === null ? "All regions" : me.regions.map((region) => region.name).join(", ");
}
