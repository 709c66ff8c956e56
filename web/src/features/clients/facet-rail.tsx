/** What the list may be narrowed by, each value with how many clients it would leave. */

import { ChevronDownIcon } from "lucide-react";
import { useId, useState } from "react";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import type { Schemas } from "@/lib/api-client";
import { cn } from "@/lib/cn";
import { count } from "@/lib/format";
import { AumRange } from "./aum-range";
import { type Change, FACETS, type FacetName, type View } from "./view";
import { FACET_WORDS, valueWords } from "./words";

type Value = Schemas["FacetValue"];
const FEW = 5;
const SEARCHED = 12;
const OPEN_AT_FIRST: readonly FacetName[] = ["status", "tier", "territory", "region"];

interface RailProps {
  facets: Schemas["Facets"] | undefined;
  view: View;
  change: (next: Change) => void;
}

export function FacetRail({ facets, view, change }: RailProps) {
  return (
    <div className="flex flex-col gap-1">
      {FACETS.map((name) => (
        <Facet
          key={name}
          name={name}
          values={facets?.facets.find((facet) => facet.field === name)?.values}
          chosen={view[name]}
          choose={(next) => change({ [name]: next })}
        />
      ))}
      <AumRange view={view} change={change} />
    </div>
  );
}

/** What is chosen stays in the list, whatever the other filters leave of it. */
export function withChosen(values: readonly Value[], chosen: readonly string[]): Value[] {
  const known = new Set(values.map((value) => value.value));
  const lost = chosen.filter((value) => !known.has(value));
  return [...values, ...lost.map((value) => ({ value, label: value, clients: 0, selected: true }))];
}

interface FacetProps {
  name: FacetName;
  values: readonly Value[] | undefined;
  chosen: readonly string[];
  choose: (next: string[]) => void;
}

function Facet({ name, values, chosen, choose }: FacetProps) {
  const [open, setOpen] = useState(OPEN_AT_FIRST.includes(name) || chosen.length > 0);
  const id = useId();
  return (
    <section aria-label={FACET_WORDS[name]} className="border-b pb-1">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        className="flex h-8 w-full items-center justify-between font-medium text-label"
      >
        <span>
          {FACET_WORDS[name]}
          {chosen.length > 0 && <span className="text-primary"> · {chosen.length}</span>}
        </span>
        <ChevronDownIcon aria-hidden className={cn("size-4 text-muted-foreground", !open && "-rotate-90")} />
      </button>
      <div id={id} hidden={!open}>
        {values === undefined ? (
          <Skeleton className="mb-2 h-24" />
        ) : (
          <Values name={name} values={withChosen(values, chosen)} chosen={chosen} choose={choose} />
        )}
      </div>
    </section>
  );
}

function Values({ name, values, chosen, choose }: FacetProps & { values: readonly Value[] }) {
  const id = useId();
  const [all, setAll] = useState(false);
  const [typed, setTyped] = useState("");
  const told = values.map((value) => ({ ...value, words: valueWords(name, value.value, value.label) }));
  const wanted = typed.trim().toLowerCase();
  const found = wanted === "" ? told : told.filter((value) => value.words.toLowerCase().includes(wanted));
  const shown = all ? found : found.filter((value, i) => i < FEW || chosen.includes(value.value));
  const toggle = (value: string, on: boolean) =>
    choose(on ? [...chosen, value] : chosen.filter((other) => other !== value));
  return (
    <>
      {all && told.length > SEARCHED && (
        <Input
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          placeholder="Find"
          aria-label={`Find in ${FACET_WORDS[name].toLowerCase()}`}
          className="mb-1 h-7"
        />
      )}
      <ul className={cn(all && told.length > SEARCHED && "max-h-64 overflow-y-auto")}>
        {shown.map((value) => (
          <li key={value.value}>
            <label
              htmlFor={`${id}-${value.value}`}
              className="flex min-h-7 cursor-pointer items-center gap-2 text-table"
            >
              <Checkbox
                id={`${id}-${value.value}`}
                checked={chosen.includes(value.value)}
                onCheckedChange={(on) => toggle(value.value, on === true)}
                aria-label={value.words}
              />
              <span className="min-w-0 flex-1 truncate" title={value.words}>
                {value.words}
              </span>
              <span className="num text-label text-muted-foreground">{count(value.clients)}</span>
            </label>
          </li>
        ))}
      </ul>
      {told.length > FEW && (
        <button type="button" onClick={() => setAll(!all)} className="min-h-7 text-label text-primary hover:underline">
          {all ? "Fewer" : `All ${told.length}`}
          <span className="sr-only"> of {FACET_WORDS[name].toLowerCase()}</span>
        </button>
      )}
    </>
  );
}
