import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { PageHeader } from "@/components/page-header";
import { ErrorState, NoPermissionState } from "@/components/states";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { answer, api, type Schemas } from "@/lib/api-client";
import { arriving } from "@/lib/arriving";
import { time } from "@/lib/format";
import { useOps, usePollWhileStale } from "@/lib/live/hooks";
import { useMay, useMe } from "@/lib/me";
import { useThrottled } from "@/lib/use-throttled";
import { BalanceCard } from "./balance";
import { Feed } from "./feed";
import { Figures } from "./figures";
import { Flows } from "./flows";
import { Pipeline } from "./pipeline";
import { TerritoriesCard } from "./territories";
import { Tiers } from "./tiers";

// Charts come in a part of their own: the figures and the feed do not wait for them.
const ActivityChart = lazy(() => arriving(async () => ({ default: (await import("./activity")).ActivityChart })));

const STATS_EVERY_MS = 2_000;

export function DashboardPage() {
  const me = useMe();
  const reads = useMay("read_clients");
  if (me === undefined) return <Skeleton className="h-[80dvh]" />;
  if (!reads) {
    return (
      <>
        <PageHeader title="Dashboard" />
        <NoPermissionState>Your role watches the pipeline and sees no clients.</NoPermissionState>
        <Pipeline />
      </>
    );
  }
  return <Dashboard />;
}

/** Panels follow their own channels, so that a tick draws again only what it changed. */
function Dashboard() {
  const stats = useQuery({
    queryKey: ["stats"],
    queryFn: () => answer(api.GET("/api/stats")),
    refetchInterval: usePollWhileStale(),
  });
  const readAgain = useThrottled(() => void stats.refetch(), STATS_EVERY_MS);
  useOps("figures", readAgain);
  const moves = stats.data?.figures.find((figure) => figure.key === "moves_24h");
  const asOf = stats.data?.as_of;
  return (
    <>
      <PageHeader title="Dashboard" note={asOf ? `Last change at ${time(asOf)}` : "No change yet"} />
      <Figures atFirst={stats.data?.figures} />
      <div className="mt-4 grid grid-cols-1 gap-4 xl:grid-cols-12 [&>:first-child]:xl:col-span-7 [&>:last-child]:xl:col-span-5">
        <Feed total={moves?.value ?? null} />
        <TerritoriesCard atFirst={stats.data?.territories} />
      </div>
      {stats.isPending && <Skeleton className="mt-4 h-96" />}
      {stats.isError && <ErrorState error={stats.error} retry={() => void stats.refetch()} />}
      {stats.data && (
        <div className="mt-4 grid grid-cols-1 gap-4 lg:grid-cols-2 xl:grid-cols-3">
          <BalanceCard balance={stats.data.balance} />
          <div className="flex flex-col gap-4">
            <Tiers tiers={stats.data.tiers} />
            <Activity points={moves?.points ?? []} />
          </div>
          <Flows flows={stats.data.flows} />
        </div>
      )}
      <Pipeline />
    </>
  );
}

function Activity({ points }: { points: Schemas["Point"][] }) {
  return (
    <Card className="flex-1">
      <CardHeader>
        <CardTitle>Changes by hour</CardTitle>
      </CardHeader>
      <CardContent>
        <Suspense fallback={<Skeleton className="h-44" />}>
          <ActivityChart points={points} />
        </Suspense>
      </CardContent>
    </Card>
  );
}
