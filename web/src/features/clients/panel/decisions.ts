/** People's words on pairs: sent, taken back by the verdict that stood before, and awaited until the api tells them. */

import { skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { ApiProblem, answer, api, commandHeaders, type Schemas } from "@/lib/api-client";
import { evidenceQuery, type PairView, type Verdict } from "./queries";

type Accepted = Schemas["DecisionAccepted"];

export interface Word {
  low: string;
  high: string;
  verdict: Verdict;
  reason: string;
  version: string;
}

const SAID: Record<Verdict, string> = {
  same: "Said: the same client",
  different: "Said: different clients",
  withdrawn: "Decision withdrawn",
};

export const pairKey = ({ low, high }: { low: string; high: string }): string => `${low}|${high}`;
export const recordsOf = (pair: PairView) => ({ low: pair.low.record, high: pair.high.record });

function send({ version, ...body }: Word): Promise<Accepted> {
  return answer(api.POST("/api/matches/decisions", { params: { header: commandHeaders(version) }, body }));
}

/** Versions that were accepted and have not come back, by pair, and since when. */
export type Awaited = ReadonlyMap<string, { version: string; since: number }>;

const NOTHING: Awaited = new Map();

export function isAwaited(pair: PairView, awaited: Awaited): boolean {
  const sent = awaited.get(pairKey(recordsOf(pair)));
  return sent !== undefined && BigInt(pair.decision.version) < BigInt(sent.version);
}

/** Kept beside the client's answers, so that another tab and back shows what was said here. */
export function useAwaited(client: string) {
  const queries = useQueryClient();
  const queryKey = ["decided-here", client];
  const { data: awaited = NOTHING } = useQuery<Awaited>({ queryKey, queryFn: skipToken, staleTime: "static" });
  const refresh = () => {
    void queries.invalidateQueries({ queryKey: evidenceQuery(client).queryKey });
    void queries.invalidateQueries({ queryKey: ["pair"] });
  };
  const accepted = (word: Word, { decision }: Accepted) => {
    const sent = { version: decision.version, since: Date.now() };
    queries.setQueryData<Awaited>(queryKey, (before) => new Map(before).set(pairKey(word), sent));
    refresh();
  };
  return { awaited, accepted, refresh };
}

export function useDecide({ accepted, refresh }: ReturnType<typeof useAwaited>) {
  const undo = useMutation({
    mutationFn: send,
    onSuccess: (said, word) => accepted(word, said),
    onError: (error) => toast.error("It was not undone", { description: error.message }),
  });
  return useMutation({
    mutationFn: send,
    onSuccess: (said, word) => {
      accepted(word, said);
      const reason = `Undone: ${word.reason}`.slice(0, 500);
      const back = { ...word, verdict: said.undo, version: said.decision.version, reason };
      toast(SAID[word.verdict], {
        description: "It applies in a moment.",
        action: { label: "Undo", onClick: () => undo.mutate(back) },
      });
    },
    onError: (error) => {
      if (error instanceof ApiProblem && error.status === 412) refresh(); // what stands now is shown beside the fault
    },
  });
}
