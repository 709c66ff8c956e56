import { useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { type Territories, territoriesQuery } from "@/lib/places";

const ALL = "all";

export interface Filter {
  q: string;
  region: string | null;
  territory: string | null;
}

/** The territories that the filter leaves, null for all of them. */
export function useWithin({ region, territory }: Filter): ReadonlySet<string> | null {
  const all = useQuery(territoriesQuery).data;
  if (territory !== null) return new Set([territory]);
  if (region === null || all === undefined) return null;
  return new Set(inside(all, region).map((it) => it.id));
}

function inside({ regions, territories }: Territories, region: string): Territories["territories"] {
  const wanted = new Set([region]);
  let before = 0;
  while (wanted.size > before) {
    before = wanted.size;
    for (const it of regions) if (it.parent !== null && wanted.has(it.parent)) wanted.add(it.id);
  }
  return territories.filter((it) => wanted.has(it.region.id));
}

export function Filters({ filter, onChange }: { filter: Filter; onChange: (change: Partial<Filter>) => void }) {
  const all = useQuery(territoriesQuery).data;
  const territories = all === undefined || filter.region === null ? all?.territories : inside(all, filter.region);
  const any = filter.q !== "" || filter.region !== null || filter.territory !== null;
  return (
    <>
      {any && (
        <Button variant="ghost" onClick={() => onChange({ q: "", region: null, territory: null })}>
          Reset
        </Button>
      )}
      <Choice
        name="Region"
        all="All regions"
        options={all?.regions ?? []}
        value={filter.region}
        onChange={(region) => onChange({ region, territory: null })}
      />
      <Choice
        name="Territory"
        all="All territories"
        options={territories ?? []}
        value={filter.territory}
        onChange={(territory) => onChange({ territory })}
      />
      <Input
        type="search"
        aria-label="Search advisors"
        placeholder="Search by name"
        value={filter.q}
        onChange={(event) => onChange({ q: event.target.value })}
        className="w-full sm:w-48"
      />
    </>
  );
}

interface ChoiceProps {
  name: string;
  all: string;
  options: readonly { id: string; name: string }[];
  value: string | null;
  onChange: (value: string | null) => void;
}

function Choice({ name, all, options, value, onChange }: ChoiceProps) {
  return (
    <Select value={value ?? ALL} onValueChange={(next) => onChange(next === ALL ? null : next)}>
      <SelectTrigger aria-label={name} className="w-44 max-sm:flex-1">
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        <SelectItem value={ALL}>{all}</SelectItem>
        {options.map((option) => (
          <SelectItem key={option.id} value={option.id}>
            {option.name}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}
