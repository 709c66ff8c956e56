/** What of the list is shown, as the address says it: the api's own names, so that a filter reads the same in both. */

import {
  createLoader,
  createSerializer,
  parseAsInteger,
  parseAsNativeArrayOf,
  parseAsString,
  parseAsStringLiteral,
  useQueryStates,
} from "nuqs";
import { useEffect, useLayoutEffect, useState } from "react";
import { session } from "@/lib/session";

export const FACETS = [
  "status",
  "tier",
  "territory",
  "region",
  "advisor",
  "segment",
  "country",
  "client_type",
] as const;
export type FacetName = (typeof FACETS)[number];

const SORTS = ["name", "-name", "aum", "-aum", "confidence", "-confidence", "changed", "-changed"] as const;
export type Sort = (typeof SORTS)[number];
const STATUSES = ["assigned", "unassigned", "pending"] as const;

const values = parseAsNativeArrayOf(parseAsString);
const parsers = {
  q: parseAsString.withDefault(""),
  status: parseAsNativeArrayOf(parseAsStringLiteral(STATUSES)),
  tier: values,
  territory: values,
  region: values,
  advisor: values,
  segment: values,
  country: values,
  client_type: values,
  aum_min: parseAsInteger,
  aum_max: parseAsInteger,
  sort: parseAsStringLiteral(SORTS).withDefault("-aum"),
};
const KEYS = Object.keys(parsers);
const NOTHING_CHOSEN = Object.fromEntries(KEYS.map((key) => [key, null]));
const written = createSerializer(parsers);
const load = createLoader(parsers);

export interface View {
  q: string;
  status: (typeof STATUSES)[number][];
  tier: string[];
  territory: string[];
  region: string[];
  advisor: string[];
  segment: string[];
  country: string[];
  client_type: string[];
  aum_min: number | null;
  aum_max: number | null;
  sort: Sort;
}
export type Change = Partial<View>;

/** The filter of the api for a view. */
export function asked({ sort: _, ...view }: View) {
  return { ...view, q: view.q.trim() };
}

export function activeFilters(view: View): number {
  const chosen = FACETS.reduce((sum, name) => sum + view[name].length, 0);
  return chosen + (view.q.trim() ? 1 : 0) + (view.aum_min === null && view.aum_max === null ? 0 : 1);
}

/** Its territories and advisors are of one person's scope, so a view is remembered for that person. */
const memory = (): string => `cadastre.clients.view.${session.get()?.username ?? ""}`;

/** What is remembered, unless the address says something itself. */
function remembered(): string | null {
  const address = new URLSearchParams(location.search);
  return KEYS.some((key) => address.has(key)) ? null : localStorage.getItem(memory()) || null;
}

/** The view in the address; where that says nothing, the last one comes back first, and only then is it `ready`. */
export function useView() {
  const [view, set] = useQueryStates(parsers, { history: "push", shallow: false });
  const [waiting, setWaiting] = useState(remembered);
  useLayoutEffect(() => {
    if (waiting === null) return;
    void set(load(new URLSearchParams(waiting)), { history: "replace" });
    setWaiting(null);
  }, [waiting, set]);
  const ready = waiting === null;
  const text = written("", view);
  useEffect(() => {
    if (ready) localStorage.setItem(memory(), text);
  }, [ready, text]);
  const reset = () => void set({ ...NOTHING_CHOSEN, sort: view.sort });
  const change = (next: Change, history: "push" | "replace" = "push") => void set(next, { history });
  return { view: view as View, ready, change, reset };
}
