/** How the list names what it filters by. */

import { NONE, words } from "@/lib/format";
import type { FacetName } from "./view";

const COUNTRIES = new Intl.DisplayNames("en", { type: "region", fallback: "code" });

export const FACET_WORDS: Record<FacetName, string> = {
  status: "Status",
  tier: "Tier",
  territory: "Territory",
  region: "Region",
  advisor: "Advisor",
  segment: "Segment",
  country: "Country",
  client_type: "Type",
};

export function countryName(code: string | null): string {
  if (code === null) return NONE;
  return /^[A-Z]{2}$/.test(code) ? (COUNTRIES.of(code) ?? code) : code;
}

export function valueWords(facet: FacetName, value: string, label: string): string {
  if (value === "(none)") return "None";
  if (facet === "country") return countryName(value);
  return facet === "status" || facet === "tier" || facet === "segment" ? words(label) : label;
}

const UNITS: Record<string, number> = { "": 1, k: 1e3, m: 1e6, b: 1e9, t: 1e12 };

/** An amount as people type it (`250m`, `1.5b`, `2,000,000`) in whole dollars; undefined where it is none. */
export function dollars(text: string): number | null | undefined {
  const plain = text.replaceAll(/[$,\s]/g, "").toLowerCase();
  if (plain === "") return null;
  const found = /^(\d+(?:\.\d+)?)([kmbt]?)$/.exec(plain);
  if (found === null) return undefined;
  const amount = Math.round(Number(found[1]) * (UNITS[found[2] ?? ""] ?? 1));
  return amount <= 1e15 ? amount : undefined;
}
