import { useQuery } from "@tanstack/react-query";
import { WarehouseIcon } from "lucide-react";
import { type ReactNode, useId } from "react";
import { EmptyState, ErrorState } from "@/components/states";
import { TierMark } from "@/components/tier-mark";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Age } from "@/components/values";
import { ApiProblem, type Schemas } from "@/lib/api-client";
import { utc, words } from "@/lib/format";
import { type ClientDetail, historyQuery, movesQuery } from "./queries";

type Move = Schemas["MoveView"];
type Placement = Schemas["Placement"];
type Entry = Schemas["HistoryEntry"];

export function History({ detail }: { detail: ClientDetail }) {
  const day = useId();
  const past = useId();
  return (
    <div className="flex flex-col gap-6">
      <section aria-labelledby={day}>
        <h3 id={day} className="pb-2 font-semibold text-section">
          The last 24 hours
        </h3>
        <Moves client={detail.client.id} />
      </section>
      <section aria-labelledby={past}>
        <h3 id={past} className="pb-2 font-semibold text-section">
          Every assignment
        </h3>
        <Past client={detail.client.id} />
      </section>
    </div>
  );
}

/** What a move was, by what differs between its two ends. */
export function moveWords({ kind, origin, target }: Pick<Move, "kind" | "origin" | "target">): string {
  if (kind === "arrived") return `Arrived in ${target?.territory.name ?? "a territory"}`;
  if (kind === "left") return `Left ${origin?.territory.name ?? "its territory"}`;
  if (kind === "moved") return `From ${origin?.territory.name} to ${target?.territory.name}`;
  const told = [];
  if (origin?.advisor?.id !== target?.advisor?.id) told.push(`advisor ${who(origin)} to ${who(target)}`);
  if (origin?.tier !== target?.tier) told.push(`tier ${origin?.tier ?? "none"} to ${target?.tier ?? "none"}`);
  return words(told.join(", "));
}

const who = (placement: Placement | null): string => placement?.advisor?.name ?? "nobody";

function Moves({ client }: { client: string }) {
  const asked = useQuery(movesQuery(client));
  if (asked.isPending) return <Skeleton className="h-24" />;
  if (asked.isError) return <ErrorState error={asked.error} retry={() => void asked.refetch()} />;
  if (asked.data.items.length === 0)
    return <EmptyState title="Nothing changed">It stands as it stood a day ago.</EmptyState>;
  return (
    <Timeline>
      {asked.data.items.map((move) => (
        <Moment key={move.id} at={move.at} title={moveWords(move)}>
          {move.target !== null && <span>{who(move.target)}</span>}
          {move.target !== null && <TierMark tier={move.target.tier} />}
          {move.decided_by !== null && <span>by {words(move.decided_by).toLowerCase()}</span>}
        </Moment>
      ))}
    </Timeline>
  );
}

function Past({ client }: { client: string }) {
  const asked = useQuery(historyQuery(client));
  if (asked.isPending) return <Skeleton className="h-40" />;
  if (asked.isError) {
    const away = asked.error instanceof ApiProblem && asked.error.status === 503;
    if (!away) return <ErrorState error={asked.error} retry={() => void asked.refetch()} />;
    return (
      <Alert>
        <WarehouseIcon aria-hidden />
        <span>
          <span className="block font-medium">The warehouse is away.</span>
          Older assignments are kept there; the last 24 hours above come from the log.{" "}
          <Button variant="link" size="text" onClick={() => void asked.refetch()}>
            Ask again
          </Button>
        </span>
      </Alert>
    );
  }
  const { entries, watermark } = asked.data;
  if (entries.length === 0) {
    return (
      <EmptyState title="Not there yet">
        The warehouse has not loaded this client; it does so within minutes.
      </EmptyState>
    );
  }
  return (
    <>
      <Timeline>
        {entries.map((entry) => (
          <Kept key={entry.effective_from} entry={entry} />
        ))}
      </Timeline>
      {watermark !== null && <p className="pt-2 text-label text-muted-foreground">Complete up to {utc(watermark)}.</p>}
    </>
  );
}

function Kept({ entry }: { entry: Entry }) {
  return (
    <Moment at={entry.effective_from} title={entry.territory.name} now={entry.effective_to === null}>
      {entry.advisor !== null && <span>{entry.advisor.name}</span>}
      <TierMark tier={entry.tier} />
      {entry.segment !== null && <span>{words(entry.segment)}</span>}
      {entry.decided_by !== null && <span>by {words(entry.decided_by).toLowerCase()}</span>}
      {entry.effective_to === null ? <span>holds now</span> : <span>until {utc(entry.effective_to)}</span>}
    </Moment>
  );
}

const Timeline = ({ children }: { children: ReactNode }) => (
  <ol className="rounded-lg border bg-card px-3 py-3">{children}</ol>
);

interface MomentProps {
  at: string;
  title: string;
  now?: boolean;
  children: ReactNode;
}

function Moment({ at, title, now = false, children }: MomentProps) {
  return (
    <li className="group relative flex gap-3 pb-4 text-table last:pb-0">
      <span aria-hidden className="-bottom-1 absolute top-4 left-[3.5px] w-px bg-border group-last:hidden" />
      <span
        aria-hidden
        className={`relative mt-1.5 size-2 shrink-0 rounded-full ${now ? "bg-primary" : "bg-muted-foreground/60"}`}
      />
      <span className="min-w-0 flex-1">
        <span className="block font-medium">{title}</span>
        <span className="flex flex-wrap gap-x-3 text-muted-foreground">{children}</span>
      </span>
      <Age at={at} className="shrink-0 text-label text-muted-foreground" />
    </li>
  );
}
