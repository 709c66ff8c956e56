/** What a step of evidence says, in plain words; weights in bits, as people of the field read them. */

import type { Schemas } from "@/lib/api-client";
import { words } from "@/lib/format";
import { fieldName } from "./field-words";

export type Bar = Schemas["EvidenceBar"];

const TOLD: Record<string, { exact?: string; close?: string; different?: string }> = {
  name: { exact: "The same name", close: "Names that differ by a slip", different: "Different names" },
  numerals: {
    exact: "The same number in the name",
    different: "Another number in the name, or only one has it",
  },
  legal_form: { exact: "The same legal form", different: "Different legal forms" },
  lei: { exact: "The same LEI", close: "LEIs that differ by a slip", different: "Two different LEIs" },
  tax_id: { exact: "The same tax id", close: "Tax ids that differ by a slip", different: "Two different tax ids" },
  identifiers: {
    exact: "The same registry number",
    close: "Registry numbers that differ by a slip",
    different: "Different registry numbers",
  },
  phone: { exact: "The same telephone", close: "Telephones that differ by a slip", different: "Different telephones" },
  website: { exact: "The same web site", different: "Different web sites" },
  email: { exact: "The same mailbox" },
  street: { exact: "The same street and door", close: "Nearly the same street", different: "Different streets" },
  postal_code: {
    exact: "The same postal code",
    close: "Postal codes of one area",
    different: "Different postal codes",
  },
  city: { exact: "The same city", close: "Nearly the same city", different: "Different cities" },
  country: { different: "Different countries" },
  founded_on: {
    exact: "Founded on the same day",
    close: "Founded at nearly the same time",
    different: "Founded apart",
  },
  parent: { exact: "The same parent", different: "Different parents" },
  cap: { different: "Held below a match: names or places like these need a registry id in common" },
};

export function barWords(bar: Pick<Bar, "field" | "level">): string {
  const level = bar.level as "exact" | "close" | "different";
  return TOLD[bar.field]?.[level] ?? `${fieldName(bar.field)}: ${words(bar.level).toLowerCase()}`;
}

/** What was compared: once where both say the same. */
export function comparedText({ low, high }: Pick<Bar, "low" | "high">): string | null {
  if (low === null && high === null) return null;
  return low === high ? low : `${low ?? "nothing"} ↔ ${high ?? "nothing"}`;
}

const BITS = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: "exceptZero",
});
export const bits = (weight: number): string => BITS.format(weight / 100).replace("-", "−");

export interface Step {
  from: number;
  to: number;
}

/** Where each bar begins and ends, the prior first: their ends add up to the pair's weight. */
export function steps(prior: number, evidence: readonly Pick<Bar, "weight">[]): Step[] {
  let at = prior;
  const told: Step[] = [{ from: 0, to: prior }];
  for (const { weight } of evidence) {
    told.push({ from: at, to: at + weight });
    at += weight;
  }
  return told;
}
