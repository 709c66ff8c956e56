import { Link } from "react-router";
import { inkOf, useHues } from "@/components/territory-mark";
import { load, plural } from "@/lib/format";
import { territoryHref } from "@/lib/links";
import type { RegionRow, TerritoryRow } from "@/lib/places";

const NAMED = 3;

/** Every territory as a tick on one line of load: how far apart they are is seen before any number is read. */
export function BalanceStrip({ territories, tops }: { territories: TerritoryRow[]; tops: RegionRow[] }) {
  const hues = useHues();
  const capacity = tops.reduce((sum, region) => sum + region.capacity, 0);
  const mean = capacity === 0 ? 0 : tops.reduce((sum, region) => sum + region.clients, 0) / capacity;
  const widest = Math.max(1.1, ...territories.map((territory) => territory.load)) * 1.02;
  const at = (value: number) => `${(value / widest) * 100}%`;
  const byDistance = [...territories].sort((a, b) => Math.abs(b.load - mean) - Math.abs(a.load - mean));
  const over = territories.filter((territory) => territory.load > 1).length;
  return (
    <section aria-label="Balance" className="border-b px-4 pt-3 pb-2">
      <p className="flex flex-wrap justify-between gap-x-4 text-label text-muted-foreground">
        <span>
          <span className="font-medium text-foreground">Balance</span> {plural(over, "territory", "territories")} of{" "}
          {territories.length} over capacity, {load(mean)} all together
        </span>
        <span>
          Furthest from it:{" "}
          {byDistance.slice(0, NAMED).map((territory, i) => (
            <span key={territory.id}>
              {i > 0 && ", "}
              <Link to={territoryHref(territory.id)} className="text-foreground underline-offset-2 hover:underline">
                {territory.name}
              </Link>{" "}
              <span className="num">{load(territory.load)}</span>
            </span>
          ))}
        </span>
      </p>
      <div aria-hidden className="relative mt-2 h-9 text-label text-muted-foreground">
        <span className="absolute inset-x-0 top-2 h-px bg-border" />
        {territories.map((territory) => (
          <span
            key={territory.id}
            title={`${territory.name} ${load(territory.load)}`}
            className="absolute top-0.5 h-3.5 w-[3px] rounded-full opacity-80"
            style={{ left: at(territory.load), background: inkOf(hues?.territories.get(territory.id)) }}
          />
        ))}
        <span className="absolute top-0 h-5 w-px bg-foreground/50" style={{ left: at(mean) }} />
        <span
          className="absolute top-5 whitespace-nowrap pr-1 leading-4"
          style={{ right: `calc(100% - ${at(mean)} - 1.5rem)` }}
        >
          all {load(mean)}
        </span>
        <span className="absolute top-0 h-5 w-px bg-foreground" style={{ left: at(1) }} />
        <span className="absolute top-5 leading-4" style={{ left: `calc(${at(1)} - 0.25rem)` }}>
          full
        </span>
      </div>
    </section>
  );
}
