import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { EmptyState, ErrorState } from "@/components/states";
import { TierMark } from "@/components/tier-mark";
import { Skeleton } from "@/components/ui/skeleton";
import type { Schemas } from "@/lib/api-client";
import { words } from "@/lib/format";
import { Past } from "./past";
import { type ClientDetail, movesQuery } from "./queries";
import { Moment, Timeline } from "./timeline";

type Move = Schemas["MoveView"];
type Placement = Schemas["Placement"];

export function History({ detail }: { detail: ClientDetail }) {
  const day = useId();
  return (
    <div className="flex flex-col gap-6">
      <section aria-labelledby={day}>
        <h3 id={day} className="pb-2 font-semibold text-section">
          The last 24 hours
        </h3>
        <Moves client={detail.client.id} />
      </section>
      <Past client={detail.client.id} />
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
