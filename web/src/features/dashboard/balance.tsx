import { Link } from "react-router";
import { LoadBar } from "@/components/load-bar";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import type { Schemas } from "@/lib/api-client";
import { count, load } from "@/lib/format";
import { advisorHref } from "@/lib/links";

const SHOWN = 5;

/** Who carries too much, and who could take it: a load of 100 % is a full book. */
export function BalanceCard({ balance }: { balance: Schemas["Balance"] }) {
  return (
    <Card>
      <CardHeader>
        <div>
          <CardTitle>Balance of advisors</CardTitle>
          <CardDescription>Clients against capacity; the mean is {load(balance.mean_load)}</CardDescription>
        </div>
      </CardHeader>
      <CardContent>
        <Side name="Most loaded" rows={balance.over.slice(0, SHOWN)} />
        <Side name="Room for more" rows={balance.under.slice(0, SHOWN)} />
      </CardContent>
    </Card>
  );
}

function Side({ name, rows }: { name: string; rows: Schemas["AdvisorRow"][] }) {
  if (rows.length === 0) return null;
  return (
    <>
      <h3 className="mt-2 text-label text-muted-foreground">{name}</h3>
      <ul>
        {rows.map((row) => (
          <li key={row.id}>
            <Link
              to={advisorHref(row.id)}
              className="-mx-2 grid h-8 grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)] items-center gap-3 rounded-md px-2 text-table hover:bg-muted/60"
            >
              <span className="truncate" title={`${count(row.clients)} clients, capacity ${count(row.capacity)}`}>
                {row.name}
              </span>
              <LoadBar load={row.load} />
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
