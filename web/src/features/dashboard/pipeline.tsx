import { useQuery } from "@tanstack/react-query";
import { TriangleAlertIcon } from "lucide-react";
import { Sparkline } from "@/components/sparkline";
import { EmptyState, ErrorState } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Card, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { answer, api, type Schemas } from "@/lib/api-client";
import { compact, count, NONE, plural, time, words } from "@/lib/format";
import { useNow } from "@/lib/use-now";

type Stage = Schemas["StagePulse"];
type Moved = Schemas["Moved"];

const OLD_MS = 20_000; // windows are said every second while they are open, and asked for every ten

/** How the stages run. What it shows comes from pulse alone, so where pulse is down this strip alone is old. */
export function Pipeline() {
  const now = useNow();
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ["pulse"],
    queryFn: () => answer(api.GET("/api/stats/pulse")),
    refetchInterval: 10_000, // windows are ten seconds long
  });
  const old = data?.as_of != null && now - Date.parse(data.as_of) > OLD_MS;
  return (
    <Card className="mt-4">
      <CardHeader>
        <div>
          <CardTitle>{data?.stages === null ? "Moves of the last minutes" : "Pipeline"}</CardTitle>
          {data?.as_of != null && <CardDescription>In windows of {data.window_s} seconds</CardDescription>}
        </div>
        {old && data.as_of !== null && (
          <Badge variant="attention">
            <TriangleAlertIcon aria-hidden /> Pulse is quiet: as of {time(data.as_of)}
          </Badge>
        )}
      </CardHeader>
      {isPending && <Skeleton className="mx-4 mb-4 h-24" />}
      {error && <ErrorState error={error} retry={() => void refetch()} />}
      {data?.as_of === null && (
        <EmptyState title="Pulse is not running">What it counts is shown here as soon as it speaks.</EmptyState>
      )}
      {data?.as_of != null && data.stages && <Stages stages={data.stages} />}
      {data?.as_of != null && data.moves && <Moves moves={data.moves} />}
    </Card>
  );
}

function Stages({ stages }: { stages: Stage[] }) {
  return (
    <ul className="grid grid-cols-1 border-t sm:grid-cols-2 lg:grid-cols-4 [&>li]:border-t sm:[&>li]:border-t-0 lg:[&>li+li]:border-l">
      {stages.map((stage) => (
        <StageItem key={stage.stage} stage={stage} />
      ))}
    </ul>
  );
}

function StageItem({ stage }: { stage: Stage }) {
  const rates = stage.points.map((point) => ({ at: point.start, value: point.records }));
  const facts: [string, string][] = [
    ["p99", stage.p99_ms === null ? NONE : `${count(stage.p99_ms)} ms`],
    ["behind", plural(stage.lag, "record")],
    ["rejected", `${compact(stage.rejected_per_s)}/s`],
  ];
  return (
    <li className="px-4 py-3">
      <p className="flex justify-between text-label text-muted-foreground">
        <span className="font-medium text-foreground">{words(stage.stage)}</span>
        {plural(stage.replicas, "replica")}
      </p>
      <p className="num font-semibold text-title">{compact(stage.records_per_s)}/s</p>
      <Sparkline points={rates} label={`Records of ${stage.stage}, by window`} />
      <dl className="mt-1 flex justify-between gap-3 text-label">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt className="text-muted-foreground">{name}</dt>
            <dd className="num">{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

const MOST = 8;

/** Where clients came to and went from, most first. Each reader is told of the territories in their regions. */
function Moves({ moves }: { moves: Moved[] }) {
  const most = moves.toSorted((a, b) => b.arrived + b.left - (a.arrived + a.left)).slice(0, MOST);
  return (
    <div className="flex flex-wrap items-baseline gap-x-5 gap-y-1 border-t px-4 py-2.5 text-label">
      <h3 className="text-muted-foreground">Moves by territory</h3>
      {most.length === 0 && <p>None in the last minutes</p>}
      <ul className="contents">
        {most.map(({ territory, arrived, left }) => (
          <li key={territory.id}>
            {territory.name} <span className="num font-medium">{change(arrived, left)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const change = (arrived: number, left: number) =>
  [arrived > 0 && `+${count(arrived)}`, left > 0 && `−${count(left)}`].filter(Boolean).join(" ");
