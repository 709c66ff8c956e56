import { useQuery } from "@tanstack/react-query";
import { ArrowRightIcon } from "lucide-react";
import { Link } from "react-router";
import { CountBars } from "@/components/count-bars";
import { LoadBar } from "@/components/load-bar";
import { ErrorState, NotFoundState } from "@/components/states";
import { TerritoryLink } from "@/components/territory-mark";
import { tierRank, tierShade } from "@/components/tier-mark";
import { Button } from "@/components/ui/button";
import { Sheet, SheetContent, SheetDescription, SheetTitle } from "@/components/ui/sheet";
import { Skeleton } from "@/components/ui/skeleton";
import { Money } from "@/components/values";
import { ApiProblem, answer, api, type Schemas } from "@/lib/api-client";
import { count, plural, words } from "@/lib/format";
import { clientsHref } from "@/lib/links";
import { usePollWhileStale } from "@/lib/live/hooks";
import { useRefetchOnChange } from "@/lib/live/refetch";
import { State } from "./advisor-table";
import { Moves } from "./moves";
import type { AdvisorRow } from "./order";

/** One advisor over the table. `live` is the row as the channel has it, a second ahead of what is asked for. */
export function AdvisorPanel({ id, live, onClose }: { id: string; live: AdvisorRow | undefined; onClose: () => void }) {
  const asked = useQuery({
    queryKey: ["advisors", id],
    queryFn: () => answer(api.GET("/api/advisors/{advisor_id}", { params: { path: { advisor_id: id } } })),
    refetchInterval: usePollWhileStale(),
  });
  useRefetchOnChange("advisors", id, () => void asked.refetch());
  const row = live ?? asked.data?.advisor;
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()}>
      <SheetContent className="max-w-[520px]">
        <header className="border-b px-5 py-4 pr-14">
          <SheetTitle>{row?.name ?? "Advisor"}</SheetTitle>
          <SheetDescription asChild>
            <div>{row && <State row={row} />}</div>
          </SheetDescription>
        </header>
        <div className="flex-1 overflow-y-auto px-5 py-4">
          {asked.isPending && <Waiting />}
          {asked.isError && !asked.data && <Failed error={asked.error} retry={() => void asked.refetch()} />}
          {asked.data && row && <Found detail={asked.data} row={row} />}
        </div>
      </SheetContent>
    </Sheet>
  );
}

function Waiting() {
  return (
    <div className="space-y-5">
      <Skeleton className="h-28" />
      <Skeleton className="h-20" />
      <Skeleton className="h-32" />
      <Skeleton className="h-64" />
    </div>
  );
}

function Failed({ error, retry }: { error: Error; retry: () => void }) {
  if (error instanceof ApiProblem && error.status === 404) return <NotFoundState what="advisor" />;
  return <ErrorState error={error} retry={retry} />;
}

function Found({ detail, row }: { detail: Schemas["AdvisorDetail"]; row: AdvisorRow }) {
  const of = (filter: string) => (value: Schemas["Count"]) =>
    clientsHref({ advisor: row.id, [filter]: value.value === "" ? "(none)" : value.value });
  return (
    <div className="space-y-5">
      <Facts row={row} />
      <Button asChild variant="outline" size="sm">
        <Link to={clientsHref({ advisor: row.id })}>
          Show their clients <ArrowRightIcon aria-hidden />
        </Link>
      </Button>
      <CountBars title="Clients by territory" counts={detail.by_territory} href={of("territory")} />
      <CountBars
        title="Tiers"
        counts={byTier(detail.tiers)}
        label={named}
        shade={(value) => tierShade(value.value)}
        href={of("tier")}
      />
      <CountBars title="Segments" counts={detail.segments} label={named} href={of("segment")} />
      <Moves advisor={row.id} />
    </div>
  );
}

function Facts({ row }: { row: AdvisorRow }) {
  const left = row.capacity - row.clients;
  return (
    <>
      <dl className="num grid grid-cols-3 gap-x-4 gap-y-3 [&_dd]:font-medium [&_dt]:text-label [&_dt]:text-muted-foreground">
        <div>
          <dt>Clients</dt>
          <dd>{count(row.clients)}</dd>
        </div>
        <div>
          <dt>AUM</dt>
          <dd>
            <Money amount={row.aum_usd} />
          </dd>
        </div>
        <div>
          <dt>Moved in 24 h</dt>
          <dd>
            {count(row.moves_in)} in, {count(row.moves_out)} out
          </dd>
        </div>
        <div className="col-span-3">
          <dt>
            Load: a capacity of {plural(row.capacity, "client")},{" "}
            {left >= 0 ? `room for ${count(left)} more` : `${count(-left)} too many`}
          </dt>
          <dd>
            <LoadBar load={row.load} />
          </dd>
        </div>
      </dl>
      <section aria-label="Serves">
        <h3 className="mb-1 font-medium text-label text-muted-foreground">Serves</h3>
        <p className="flex flex-wrap gap-x-4 gap-y-1 text-table">
          {row.territories.map((territory) => (
            <TerritoryLink key={territory.id} territory={territory} />
          ))}
          {row.territories.length === 0 && <span className="text-muted-foreground">No territory in your regions.</span>}
        </p>
      </section>
    </>
  );
}

const byTier = (counts: Schemas["Count"][]) =>
  [...counts].sort((a, b) => (tierRank(a.value) ?? Infinity) - (tierRank(b.value) ?? Infinity));
const named = (value: Schemas["Count"]): string => (value.value === "" ? "None" : words(value.label));
