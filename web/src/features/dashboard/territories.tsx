import { useState } from "react";
import { Link } from "react-router";
import { Card, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { ToggleGroup, ToggleGroupItem } from "@/components/ui/toggle-group";
import { Money } from "@/components/values";
import type { Schemas } from "@/lib/api-client";
import { count } from "@/lib/format";
import { territoryHref } from "@/lib/links";
import { useRowsOr } from "@/lib/live/hooks";

type Territory = Schemas["TerritoryRow"];
type Measure = "clients" | "aum";

const SHOWN = 14;
const measured = (row: Territory, by: Measure): number => (by === "clients" ? row.clients : Number(row.aum_usd));

/** Where the clients are: bars from zero, the largest first. */
export function TerritoriesCard({ atFirst }: { atFirst: Territory[] | undefined }) {
  const rows = useRowsOr<Territory>("territories", atFirst);
  const [by, setBy] = useState<Measure>("clients");
  const sorted = rows?.toSorted((a, b) => measured(b, by) - measured(a, by) || a.name.localeCompare(b.name));
  const most = sorted?.[0] === undefined ? 1 : Math.max(measured(sorted[0], by), 1);
  return (
    <Card className="flex flex-col">
      <CardHeader>
        <div>
          <CardTitle>Assignments by territory</CardTitle>
          {rows && (
            <CardDescription>
              The {Math.min(SHOWN, rows.length)} largest of {count(rows.length)}
            </CardDescription>
          )}
        </div>
        <ToggleGroup
          type="single"
          value={by}
          onValueChange={(value) => value && setBy(value as Measure)}
          aria-label="Measure"
        >
          <ToggleGroupItem value="clients">Clients</ToggleGroupItem>
          <ToggleGroupItem value="aum">AUM</ToggleGroupItem>
        </ToggleGroup>
      </CardHeader>
      {sorted === undefined ? (
        <Skeleton className="mx-4 mb-4 h-[520px]" />
      ) : (
        <ol className="px-2 pb-3">
          {sorted.slice(0, SHOWN).map((row) => (
            <li key={row.id}>
              <Link
                to={territoryHref(row.id)}
                className="grid h-9 grid-cols-[minmax(0,9rem)_1fr_auto] items-center gap-3 rounded-md px-2 text-table hover:bg-muted/60 sm:grid-cols-[minmax(0,12rem)_1fr_auto]"
              >
                <span className="truncate" title={`${row.name}, ${row.region.name}`}>
                  {row.name}
                </span>
                <span aria-hidden className="h-2.5">
                  <span
                    className="block h-full min-w-px rounded-sm bg-primary/80"
                    style={{ width: `${(100 * measured(row, by)) / most}%` }}
                  />
                </span>
                <span className="num w-16 text-right">
                  {by === "clients" ? count(row.clients) : <Money amount={row.aum_usd} />}
                </span>
              </Link>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
