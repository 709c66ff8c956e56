import { useQuery } from "@tanstack/react-query";
import { ArrowRightIcon, ChevronRightIcon, XIcon } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Link } from "react-router";
import { Changing } from "@/components/changing";
import { CountBars } from "@/components/count-bars";
import { LoadBar } from "@/components/load-bar";
import { ErrorState, NotFoundState } from "@/components/states";
import { TerritoryMark } from "@/components/territory-mark";
import { tierRank, tierShade } from "@/components/tier-mark";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { Money } from "@/components/values";
import { ApiProblem, answer, api, type Schemas } from "@/lib/api-client";
import { count, words } from "@/lib/format";
import { advisorHref, clientsHref } from "@/lib/links";
import { usePollWhileStale } from "@/lib/live/hooks";
import { useRefetchOnChange } from "@/lib/live/refetch";
import type { TerritoryRow } from "@/lib/places";
import { Flows } from "./flows";

type Detail = Schemas["TerritoryDetail"];

/** One territory. `live` is its row as the channel has it, a second ahead of what is asked for. */
export function TerritoryDetail({
  id,
  live,
  onClose,
}: {
  id: string;
  live: TerritoryRow | undefined;
  onClose: () => void;
}) {
  const asked = useQuery({
    queryKey: ["territories", id],
    queryFn: () => answer(api.GET("/api/territories/{territory_id}", { params: { path: { territory_id: id } } })),
    refetchInterval: usePollWhileStale(),
  });
  useRefetchOnChange("territories", id, () => void asked.refetch());
  const heading = useId();
  return (
    <Card aria-labelledby={heading} className="relative">
      <Button
        variant="ghost"
        size="icon"
        className="no-print absolute top-2.5 right-2.5"
        aria-label="Close detail"
        onClick={onClose}
      >
        <XIcon />
      </Button>
      {asked.isPending && <Waiting />}
      {asked.isError && !asked.data && <Failed error={asked.error} retry={() => void asked.refetch()} />}
      {asked.data && <Found detail={asked.data} row={live ?? asked.data.territory} heading={heading} />}
    </Card>
  );
}

function Failed({ error, retry }: { error: Error; retry: () => void }) {
  if (error instanceof ApiProblem && error.status === 404) return <NotFoundState what="territory" />;
  return <ErrorState error={error} retry={retry} />;
}

function Waiting() {
  return (
    <div className="space-y-4 p-4">
      <Skeleton className="h-11 w-2/3" />
      <Skeleton className="h-24" />
      <Skeleton className="h-32" />
      <Skeleton className="h-40" />
    </div>
  );
}

function Found({ detail, row, heading }: { detail: Detail; row: TerritoryRow; heading: string }) {
  const of = (filter: string) => (value: Schemas["Count"]) =>
    clientsHref({ territory: row.id, [filter]: value.value === "" ? "(none)" : value.value });
  return (
    <>
      <header className="px-4 pt-3 pr-12">
        <p className="flex flex-wrap items-center gap-x-1 text-label text-muted-foreground [&_svg]:size-3">
          {detail.path.map((region, i) => (
            <span key={region.id} className="inline-flex items-center gap-1">
              {i > 0 && <ChevronRightIcon aria-hidden />}
              {region.name}
            </span>
          ))}
        </p>
        <h2 id={heading} className="flex items-center gap-2 font-semibold text-section">
          <TerritoryMark id={row.id} className="size-2.5" />
          {row.name}
        </h2>
      </header>
      <dl className="num grid grid-cols-[1fr_1fr_auto] gap-x-4 gap-y-3 px-4 py-3">
        <Fact name="Clients" value={row.clients}>
          {count(row.clients)}
        </Fact>
        <Fact name="AUM" value={row.aum_usd}>
          <Money amount={row.aum_usd} />
        </Fact>
        <Fact name="Moved in 24 h" value={`${row.moves_in}/${row.moves_out}`}>
          {count(row.moves_in)} in, {count(row.moves_out)} out
        </Fact>
        <div className="col-span-3">
          <dt className="text-label text-muted-foreground">
            Load: {count(row.clients)} clients on {count(row.capacity)} places of {count(row.advisors)} advisors
          </dt>
          <dd>
            <LoadBar load={row.load} />
          </dd>
        </div>
      </dl>
      <div className="px-4 pb-3">
        <Button asChild variant="outline" size="sm">
          <Link to={clientsHref({ territory: row.id })}>
            Show its clients <ArrowRightIcon aria-hidden />
          </Link>
        </Button>
      </div>
      <div className="space-y-5 border-t px-4 py-4">
        <Advisors advisors={detail.advisors} />
        <Flows id={row.id} flows={detail.flows} />
        <CountBars
          title="Tiers"
          label={named}
          counts={byTier(detail.tiers)}
          shade={(value) => tierShade(value.value)}
          href={of("tier")}
        />
        <CountBars title="Segments" counts={detail.segments} label={named} href={of("segment")} />
        <CountBars title="Client types" counts={detail.client_types} label={named} href={of("client_type")} />
        <CountBars title="Countries" counts={detail.countries} href={of("country")} label={country} />
      </div>
    </>
  );
}

function Fact({ name, value, children }: { name: string; value: string | number; children: ReactNode }) {
  return (
    <div>
      <dt className="text-label text-muted-foreground">{name}</dt>
      <dd className="font-medium">
        <Changing value={value}>{children}</Changing>
      </dd>
    </div>
  );
}

function Advisors({ advisors }: { advisors: Schemas["AdvisorRow"][] }) {
  const fullest = [...advisors].sort((a, b) => b.load - a.load);
  return (
    <section aria-label="Advisors">
      <h3 className="mb-1 flex justify-between font-medium text-label text-muted-foreground">
        Advisors <span className="font-normal">load of all that they serve</span>
      </h3>
      <ul>
        {fullest.map((advisor) => (
          <li key={advisor.id}>
            <Link
              to={advisorHref(advisor.id)}
              className="-mx-1 grid h-7 grid-cols-[minmax(0,1fr)_5rem_7.5rem] items-center gap-2 rounded-sm px-1 text-label hover:bg-muted"
            >
              <span className="truncate">{advisor.name}</span>
              <span className="num text-right text-muted-foreground">
                {advisor.active ? `${count(advisor.clients)} of ${count(advisor.capacity)}` : "not active"}
              </span>
              <LoadBar load={advisor.load} />
            </Link>
          </li>
        ))}
      </ul>
      {advisors.length === 0 && (
        <p className="text-label text-muted-foreground">Nobody serves it: its clients have no advisor.</p>
      )}
    </section>
  );
}

const byTier = (counts: Schemas["Count"][]) =>
  [...counts].sort((a, b) => (tierRank(a.value) ?? Infinity) - (tierRank(b.value) ?? Infinity));
const named = (value: Schemas["Count"]): string => (value.value === "" ? "None" : words(value.label));
const countries = new Intl.DisplayNames("en", { type: "region" });
const country = ({ value }: Schemas["Count"]): string =>
  /^[A-Z]{2}$/.test(value) ? (countries.of(value) ?? value) : value === "" ? "None" : value;
