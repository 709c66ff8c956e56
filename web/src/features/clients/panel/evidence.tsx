import { useQueries, useQuery } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { EmptyState, ErrorState } from "@/components/states";
import { Skeleton } from "@/components/ui/skeleton";
import { isAwaited, pairKey, recordsOf, useAwaited } from "./decisions";
import { Pair } from "./pair";
import { type ClientDetail, type EvidenceAnswer, evidenceQuery, type PairView, pairQuery } from "./queries";

const SOON_MS = 1_000;
const LATER_MS = 5_000;
const PATIENCE_MS = 30_000;

/** Why these records are one client, and what nearly joined them. */
export function Evidence({ detail }: { detail: ClientDetail }) {
  const client = detail.client.id;
  const words = useAwaited(client);
  const again = (pairs: readonly PairView[]): number | false => {
    const waiting = pairs.filter((pair) => isAwaited(pair, words.awaited)).map((pair) => pairKey(recordsOf(pair)));
    if (waiting.length === 0) return false;
    const since = Math.max(...waiting.map((key) => words.awaited.get(key)?.since ?? 0));
    return Date.now() - since < PATIENCE_MS ? SOON_MS : LATER_MS;
  };
  const asked = useQuery({
    ...evidenceQuery(client),
    refetchInterval: ({ state }) => again(pairsOf(state.data)),
  });
  const told = new Set(pairsOf(asked.data).map((pair) => pairKey(recordsOf(pair))));
  const spoken = useQueries({
    queries: [...words.awaited.keys()]
      .filter((key) => !told.has(key))
      .map((key) => {
        const [low = "", high = ""] = key.split("|");
        return {
          ...pairQuery(low, high),
          refetchInterval: ({ state }: { state: { data: PairView | undefined } }) =>
            again(state.data ? [state.data] : []),
        };
      }),
  });
  if (asked.isPending) return <Skeleton className="h-96" />;
  if (asked.isError) return <ErrorState error={asked.error} retry={() => void asked.refetch()} />;
  const { accepted, possible, different, threshold } = asked.data;
  const shared = { client, words };
  const decided = spoken.flatMap(({ data }) => (data === undefined ? [] : [data]));
  return (
    <div className="flex flex-col gap-6">
      <Pairs title="What holds it together" pairs={accepted} {...shared}>
        <EmptyState title={detail.members.length === 1 ? "One record" : "Held together by people"}>
          {detail.members.length === 1
            ? "It is made of a single record; nothing had to match."
            : "No pair reaches the threshold by itself: a decision joined these records."}
        </EmptyState>
      </Pairs>
      <Pairs title="What nearly joined it" pairs={possible} {...shared}>
        <EmptyState title="Nothing near">
          No record of another client comes near the threshold of {threshold} %.
        </EmptyState>
      </Pairs>
      {different.length > 0 && <Pairs title="What people keep apart from it" pairs={different} {...shared} />}
      {decided.length > 0 && <Pairs title="What you have said here" pairs={decided} {...shared} />}
    </div>
  );
}

function pairsOf(evidence: EvidenceAnswer | undefined): PairView[] {
  return evidence === undefined ? [] : [...evidence.accepted, ...evidence.possible, ...evidence.different];
}

interface PairsProps {
  title: string;
  pairs: PairView[];
  client: string;
  words: ReturnType<typeof useAwaited>;
  children?: ReactNode;
}

function Pairs({ title, pairs, children, ...shared }: PairsProps) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className="pb-2 font-semibold text-section">
        {title} {pairs.length > 0 && <span className="num font-normal text-muted-foreground">{pairs.length}</span>}
      </h3>
      {pairs.length === 0 ? (
        children
      ) : (
        <ul className="flex flex-col gap-2">
          {pairs.map((pair, i) => (
            <Pair key={pairKey(recordsOf(pair))} pair={pair} openAtFirst={i === 0} {...shared} />
          ))}
        </ul>
      )}
    </section>
  );
}
