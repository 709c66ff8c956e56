import { XIcon } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { Schemas } from "@/lib/api-client";
import { compact } from "@/lib/format";
import { activeFilters, type Change, FACETS, type View } from "./view";
import { FACET_WORDS, valueWords } from "./words";

interface Chip {
  key: string;
  name: string;
  value: string;
  without: Change;
}

interface ChipsProps {
  view: View;
  facets: Schemas["Facets"] | undefined;
  change: (next: Change) => void;
  reset: () => void;
}

export function chips(view: View, facets: Schemas["Facets"] | undefined): Chip[] {
  const found: Chip[] = FACETS.flatMap((name) => {
    const values = facets?.facets.find((facet) => facet.field === name)?.values ?? [];
    return view[name].map((value) => ({
      key: `${name}-${value}`,
      name: FACET_WORDS[name],
      value: valueWords(name, value, values.find((one) => one.value === value)?.label ?? value),
      without: { [name]: view[name].filter((other) => other !== value) },
    }));
  });
  if (view.q.trim()) found.unshift({ key: "q", name: "Search", value: view.q.trim(), without: { q: "" } });
  const { aum_min: low, aum_max: high } = view;
  if (low !== null || high !== null) {
    const value = [low === null ? "" : `from $${compact(low)}`, high === null ? "" : `to $${compact(high)}`];
    found.push({ key: "aum", name: "AUM", value: value.join(" ").trim(), without: { aum_min: null, aum_max: null } });
  }
  return found;
}

export function FilterChips({ view, facets, change, reset }: ChipsProps) {
  if (activeFilters(view) === 0) return null;
  return (
    <ul aria-label="Active filters" className="mb-3 flex flex-wrap items-center gap-1.5">
      {chips(view, facets).map((chip) => (
        <li key={chip.key}>
          <button
            type="button"
            onClick={() => change(chip.without)}
            className="inline-flex h-7 max-w-72 items-center gap-1 rounded-md border bg-accent px-2 text-label hover:bg-muted"
          >
            <span className="text-muted-foreground">{chip.name}</span>
            <span className="truncate font-medium">{chip.value}</span>
            <XIcon className="size-3.5 shrink-0" aria-hidden />
            <span className="sr-only">, remove this filter</span>
          </button>
        </li>
      ))}
      <li>
        <Button variant="link" size="sm" onClick={reset}>
          Reset
        </Button>
      </li>
    </ul>
  );
}
