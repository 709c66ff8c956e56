/** People's words on pairs: sent, taken back by the verdict that stood before, and awaited until the api tells them. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
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

export function isAwaited(pair: PairView, awaited: Awaited): boolean {
  const sent = awaited.get(pairKey(recordsOf(pair)));
  return sent !== undefined && BigInt(pair.decision.version) < BigInt(sent.version);
}

export function useAwaited(client: string) {
  const queries = useQueryClient();
  const [awaited, setAwaited] = useState<Awaited>(new Map());
  const refresh = () => void queries.invalidateQueries({ queryKey: evidenceQuery(client).queryKey });
  const accepted = (word: Word, { decision }: Accepted) => {
    setAwaited((before) => new Map(before).set(pairKey(word), { version: decision.version, since: Date.now() }));
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
