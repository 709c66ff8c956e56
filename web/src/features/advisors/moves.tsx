import { useInfiniteQuery } from "@tanstack/react-query";
import { ArrowDownLeftIcon, ArrowUpRightIcon, RefreshCwIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { ErrorState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Age, Money } from "@/components/values";
import { answer, api, type Schemas } from "@/lib/api-client";
import { words } from "@/lib/format";
import { useClientHref } from "@/lib/links";
import { usePollWhileStale } from "@/lib/live/hooks";
import { useRefetchOnChange } from "@/lib/live/refetch";

type Move = Schemas["MoveView"];

const PAGE = 20;

/** What came to an advisor and what went, newest first; each opens its client. */
export function Moves({ advisor }: { advisor: string }) {
  const asked = useInfiniteQuery({
    queryKey: ["assignments", advisor],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/assignments", { params: { query: { advisor: [advisor], limit: PAGE, cursor: pageParam } } }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: usePollWhileStale(),
  });
  useRefetchOnChange("advisors", advisor, () => void asked.refetch());
  const moves = asked.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-label="Changes in 24 hours">
      <h3 className="mb-1 font-medium text-label text-muted-foreground">Changes in 24 hours</h3>
      {asked.isPending && <Skeleton className="h-64" />}
      {asked.isError && <ErrorState error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isSuccess && moves.length === 0 && (
        <p className="text-label text-muted-foreground">Nothing came, went or changed in the last 24 hours.</p>
      )}
      <ul className="divide-y">
        {moves.map((move) => (
          <MoveItem key={move.id} move={move} advisor={advisor} />
        ))}
      </ul>
      {asked.hasNextPage && (
        <Button
          variant="outline"
          size="sm"
          className="mt-2"
          disabled={asked.isFetchingNextPage}
          onClick={() => void asked.fetchNextPage()}
        >
          Show earlier changes
        </Button>
      )}
    </section>
  );
}

function MoveItem({ move, advisor }: { move: Move; advisor: string }) {
  const hrefOf = useClientHref();
  const [icon, said] = saying(move, advisor);
  return (
    <li className="flex items-start gap-2 py-1.5 text-label [&>svg]:mt-0.5 [&>svg]:size-3.5 [&>svg]:shrink-0 [&>svg]:text-muted-foreground">
      {icon}
      <div className="min-w-0 flex-1">
        <Link to={hrefOf(move.client.id)} className="block truncate text-table hover:underline">
          {move.client.name}
        </Link>
        <span className="text-muted-foreground">{said}</span>
      </div>
      <div className="num shrink-0 text-right">
        <Money amount={move.aum_usd} />
        <Age at={move.at} className="block text-muted-foreground" />
      </div>
    </li>
  );
}

function saying({ origin, target }: Move, advisor: string): [ReactNode, string] {
  const from = origin?.advisor?.id === advisor;
  const to = target?.advisor?.id === advisor;
  if (to && !from)
    return [<ArrowDownLeftIcon key="i" aria-hidden />, origin === null ? "Arrived" : `Came from ${side(origin)}`];
  if (from && !to)
    return [<ArrowUpRightIcon key="i" aria-hidden />, target === null ? "Left" : `Went to ${side(target)}`];
  return [<RefreshCwIcon key="i" aria-hidden />, `Stayed: ${changes(origin, target)}`];
}

const side = ({ advisor, territory }: Schemas["Placement"]): string => advisor?.name ?? territory.name;

function changes(origin: Move["origin"], target: Move["target"]): string {
  if (origin === null || target === null) return "changed";
  const said = [];
  if (origin.territory.id !== target.territory.id) said.push(`${origin.territory.name} to ${target.territory.name}`);
  if (origin.tier !== target.tier)
    said.push(`${words(origin.tier ?? "no tier")} to ${words(target.tier ?? "no tier").toLowerCase()}`);
  return said.join(", ") || "another reason";
}
