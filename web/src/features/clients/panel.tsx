/** One client, over whatever page is open. It is no modal: the list beside it stays in use. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowRightIcon } from "lucide-react";
import { type ComponentType, lazy, Suspense } from "react";
import { ErrorState, NoPermissionState, NotFoundState } from "@/components/states";
import { Alert } from "@/components/ui/alert";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Sheet, SheetContent, SheetTitle } from "@/components/ui/sheet";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { Age, Money } from "@/components/values";
import { ApiProblem } from "@/lib/api-client";
import { words } from "@/lib/format";
import { useOps, usePollWhileStale } from "@/lib/live/hooks";
import { useMay, useMe } from "@/lib/me";
import { TABS, type Tab, usePanelAddress } from "./panel/address";
import { OverrideButton } from "./panel/override-button";
import { Overview } from "./panel/overview";
import { type ClientDetail, clientKey, detailQuery } from "./panel/queries";
import { countryName } from "./words";

const TITLES: Record<Tab, string> = {
  overview: "Overview",
  members: "Records",
  evidence: "Why one client",
  territory: "Why this territory",
  history: "History",
  hierarchy: "Hierarchy",
};

const PARTS: Record<Tab, ComponentType<{ detail: ClientDetail }>> = {
  overview: Overview,
  members: lazy(async () => ({ default: (await import("./panel/members")).Members })),
  evidence: lazy(async () => ({ default: (await import("./panel/evidence")).Evidence })),
  territory: lazy(async () => ({ default: (await import("./panel/explanation")).Explanation })),
  history: lazy(async () => ({ default: (await import("./panel/history")).History })),
  hierarchy: lazy(async () => ({ default: (await import("./panel/hierarchy")).Hierarchy })),
};

export function ClientPanel({ id }: { id: string }) {
  const { close } = usePanelAddress();
  const known = useMe() !== undefined;
  const may = useMay("read_clients");
  return (
    <Sheet open modal={false} onOpenChange={(open) => !open && close()}>
      <SheetContent
        aria-describedby={undefined}
        data-testid="client-panel"
        onInteractOutside={(event) => event.preventDefault()}
      >
        {known && !may ? (
          <>
            <SheetTitle className="p-4">Client</SheetTitle>
            <NoPermissionState>Operators watch the pipeline; clients are for leaders and analysts.</NoPermissionState>
          </>
        ) : (
          <Client id={id} enabled={may} />
        )}
      </SheetContent>
    </Sheet>
  );
}

function Client({ id, enabled }: { id: string; enabled: boolean }) {
  const queries = useQueryClient();
  const asked = useQuery({ ...detailQuery(id), enabled, refetchInterval: usePollWhileStale() });
  useOps(`client:${id}`, () => void queries.invalidateQueries({ queryKey: clientKey(id) }));
  const missing = asked.error instanceof ApiProblem && asked.error.status === 404;
  if (asked.data !== undefined && !missing) {
    return asked.data.client.status === "ended" ? <Ended detail={asked.data} /> : <Living detail={asked.data} />;
  }
  return (
    <>
      <SheetTitle className="p-4 pb-0">Client</SheetTitle>
      <div className="p-4">
        {missing && <NotFoundState what="client" />}
        {asked.isError && !missing && <ErrorState error={asked.error} retry={() => void asked.refetch()} />}
        {asked.isPending && <Waiting />}
      </div>
    </>
  );
}

function Living({ detail }: { detail: ClientDetail }) {
  const { tab, toTab } = usePanelAddress();
  const { client } = detail;
  const place = [client.city, client.country === null ? null : countryName(client.country)].filter(Boolean).join(", ");
  return (
    <Tabs value={tab} onValueChange={(next) => toTab(next as Tab)} className="flex min-h-0 flex-1 flex-col">
      <div className="px-4 pt-3 md:px-5">
        <SheetTitle className="truncate pr-10 text-title leading-8" title={client.name}>
          {client.name}
        </SheetTitle>
        <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 pb-3 text-muted-foreground text-table">
          {client.status !== "assigned" && <Badge variant="attention">{words(client.status)}</Badge>}
          {place !== "" && <span>{place}</span>}
          {client.client_type !== null && <span>{words(client.client_type)}</span>}
          {client.aum_usd !== null && (
            <span>
              AUM <Money amount={client.aum_usd} />
            </span>
          )}
          <span>
            changed <Age at={client.changed_at} />
          </span>
          <span className="ml-auto">
            <OverrideButton detail={detail} />
          </span>
        </div>
        <TabsList aria-label="About this client">
          {TABS.map((name) => (
            <TabsTrigger key={name} value={name}>
              {TITLES[name]}
              {name === "members" && <span className="num text-label">{client.members}</span>}
            </TabsTrigger>
          ))}
        </TabsList>
      </div>
      {TABS.map((name) => {
        const Part = PARTS[name];
        return (
          <TabsContent
            key={name}
            value={name}
            className="prints-whole min-h-0 flex-1 overflow-y-auto px-4 pb-8 md:px-5"
          >
            <Suspense fallback={<Waiting />}>
              <Part detail={detail} />
            </Suspense>
          </TabsContent>
        );
      })}
    </Tabs>
  );
}

function Ended({ detail }: { detail: ClientDetail }) {
  const { open } = usePanelAddress();
  return (
    <div className="p-4 md:p-5">
      <SheetTitle className="truncate pr-10 text-title">{detail.client.name}</SheetTitle>
      <Alert variant="attention" className="mt-4 flex-col">
        <p className="font-medium">This client has ended.</p>
        <p>
          {detail.into.length > 0
            ? "Its records belong to another client now. Go on there:"
            : "Its records are gone, or belong to a client outside your regions."}
        </p>
        {detail.into.map((next) => (
          <Button key={next.id} variant="outline" onClick={() => open(next.id)}>
            {next.name} <ArrowRightIcon aria-hidden />
          </Button>
        ))}
      </Alert>
    </div>
  );
}

const Waiting = () => (
  <div className="flex flex-col gap-3">
    <Skeleton className="h-24" />
    <Skeleton className="h-72" />
  </div>
);
