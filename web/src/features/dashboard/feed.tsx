import { ArrowRightIcon, PauseIcon, PlayIcon } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { EmptyState } from "@/components/states";
import { tierShade } from "@/components/tier-mark";
import { Button } from "@/components/ui/button";
import { Card, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { Age, Money } from "@/components/values";
import type { Schemas } from "@/lib/api-client";
import { cn } from "@/lib/cn";
import { count, plural, words } from "@/lib/format";
import { useClientHref } from "@/lib/links";
import { useOps, usePaused, useRows } from "@/lib/live/hooks";
import { reasonOf } from "./move-words";

type Move = Schemas["MoveView"];
type Placement = NonNullable<Move["target"]>;

const ANNOUNCED_EVERY_MS = 10_000;

export function Feed({ total }: { total: number | null }) {
  const moves = useRows<Move>("moves");
  const { paused, waiting, toggle } = usePaused();
  return (
    <Card className="flex flex-col">
      <CardHeader>
        <div>
          <CardTitle>As it happens</CardTitle>
          {moves && total !== null && (
            <CardDescription>
              The newest {count(moves.length)} of {plural(total, "change")} in 24 hours
            </CardDescription>
          )}
        </div>
        <Button variant="outline" size="sm" className="no-print" onClick={toggle} aria-pressed={paused}>
          {paused ? <PlayIcon aria-hidden /> : <PauseIcon aria-hidden />}
          {paused ? `Resume, ${plural(waiting, "change")} waiting` : "Pause"}
        </Button>
      </CardHeader>
      <Announcer />
      <Moves moves={moves} />
    </Card>
  );
}

function Moves({ moves }: { moves: Move[] | null }) {
  const hrefOf = useClientHref();
  if (moves === null) return <Skeleton className="mx-4 mb-4 h-[520px]" />;
  if (moves.length === 0) {
    return (
      <EmptyState title="Nothing has changed in 24 hours">A change in a CRM shows here within a second.</EmptyState>
    );
  }
  const newest = moves.toSorted((a, b) => b.at.localeCompare(a.at) || b.id.localeCompare(a.id));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label="Latest changes" tabIndex={0} className="prints-whole h-[520px] overflow-y-auto border-t">
      <ol className="divide-y">
        {newest.map((move) => (
          <li key={move.id} className="animate-changed">
            <Link
              to={hrefOf(move.client.id)}
              className="grid grid-cols-[1fr_auto] gap-x-3 px-4 py-2 text-table hover:bg-muted/60"
            >
              <span className="truncate font-medium">{move.client.name}</span>
              <Age at={move.at} className="num text-right text-label text-muted-foreground" />
              <Way move={move} />
              <span className="num text-right text-label text-muted-foreground">
                {Number(move.aum_usd) > 0 && <Money amount={move.aum_usd} />}
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Way({ move }: { move: Move }) {
  const { origin, target } = move;
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-1.5 text-muted-foreground">
      {origin && origin.territory.id !== target?.territory.id && (
        <>
          <span className="truncate">{origin.territory.name}</span>
          <ArrowRightIcon className="size-3.5 shrink-0" aria-label="to" />
        </>
      )}
      {target ? <Placed at={target} /> : <span>left</span>}
      <span className="text-faint">{reasonOf(move)}</span>
    </span>
  );
}

function Placed({ at }: { at: Placement }) {
  return (
    <>
      <span className="truncate text-foreground">{at.territory.name}</span>
      {at.advisor && <span className="truncate">· {at.advisor.name}</span>}
      {at.tier && (
        <span className="inline-flex items-center gap-1">
          · <span aria-hidden className={cn("size-2 rounded-[2px]", tierShade(at.tier))} /> {words(at.tier)}
        </span>
      )}
    </>
  );
}

/** Speaks at most once in ten seconds, and never of single rows. */
function Announcer() {
  const heard = useRef(0);
  const [said, setSaid] = useState("");
  useOps("moves", (ops) => {
    heard.current += ops.filter((op) => op.op === "upsert").length;
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (heard.current > 0) setSaid(`${plural(heard.current, "assignment")} changed`);
      heard.current = 0;
    }, ANNOUNCED_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p role="status" className="sr-only">
      {said}
    </p>
  );
}
