/** An override is sent, awaited and undone here. The api says yes before assign has decided: until then it waits. */

import { skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { toast } from "sonner";
import { answer, api, commandHeaders, type Schemas } from "@/lib/api-client";
import { useNow } from "@/lib/use-now";
import { type ClientDetail, clientKey, detailQuery } from "./queries";

export type OverrideIn = Schemas["OverrideIn"];
type OverrideView = Schemas["OverrideView"];

/** `wish` null ends the override. `version` is that of the client as the person saw it. */
export interface Command {
  client: string;
  version: string;
  wish: OverrideIn | null;
  reason: string;
}

/** What was accepted and has not come back. `override` is when the statement was made; null: its end. */
interface Sent {
  version: string;
  at: string;
  ends: boolean;
  since: number;
}

const sentKey = (client: string) => ["override-sent", client] as const;
const SOON_MS = 1_000;
const LONG_MS = 15_000;

async function send({ client, version, wish, reason }: Command): Promise<Schemas["OverrideAccepted"]> {
  const path = { client_id: client };
  const header = commandHeaders(version);
  if (wish === null) {
    return answer(api.DELETE("/api/clients/{client_id}/override", { params: { path, header, query: { reason } } }));
  }
  return answer(api.PUT("/api/clients/{client_id}/override", { params: { path, header }, body: wish }));
}

/** What brings back what stood before; null where nothing stood. */
export function inverse(before: OverrideView | null): OverrideIn | null {
  if (before === null) return null;
  const { territory, advisor, tier, reason, expires_at } = before;
  return { territory: territory?.id ?? null, advisor: advisor?.id ?? null, tier, reason, expires_at };
}

/** Whether what was sent shows: the statement itself, and a client that is not as it was. */
export function isApplied(sent: Sent, detail: ClientDetail): boolean {
  const stated = sent.ends
    ? detail.override === null
    : detail.override !== null && Date.parse(detail.override.at) >= Date.parse(sent.at);
  return stated && detail.client.version !== sent.version;
}

export function useOverride(before: ClientDetail) {
  const queries = useQueryClient();
  const remember = (command: Command, accepted: Schemas["OverrideAccepted"]) => {
    const sent: Sent = { version: command.version, at: accepted.at, ends: command.wish === null, since: Date.now() };
    queries.setQueryData(sentKey(command.client), sent);
    void queries.invalidateQueries({ queryKey: clientKey(command.client) });
  };
  const undo = useMutation({
    mutationFn: async (command: Command) => {
      const now = await queries.fetchQuery({ ...detailQuery(command.client), staleTime: 0 });
      const current = { ...command, version: now.client.version };
      return { accepted: await send(current), current };
    },
    onSuccess: ({ accepted, current }) => remember(current, accepted),
    onError: (error) => toast.error("It was not undone", { description: error.message }),
  });
  return useMutation({
    mutationFn: send,
    onSuccess: (accepted, command) => {
      remember(command, accepted);
      const back = { ...command, wish: inverse(before.override), reason: `Undone: ${command.reason}`.slice(0, 500) };
      toast(command.wish === null ? "Override ended" : "Override sent", {
        description: "It applies in a moment.",
        action: { label: "Undo", onClick: () => undo.mutate(back) },
      });
    },
  });
}

/** What was sent for this client and does not show yet; it is asked for until it does. */
export function useSent(detail: ClientDetail): { waiting: boolean; long: boolean } {
  const queries = useQueryClient();
  const now = useNow();
  const { data: sent } = useQuery<Sent>({
    queryKey: sentKey(detail.client.id),
    queryFn: skipToken,
    staleTime: "static",
  });
  const waiting = sent !== undefined && !isApplied(sent, detail);
  const { id } = detail.client;
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => void queries.invalidateQueries({ queryKey: clientKey(id) }), SOON_MS);
    return () => clearInterval(timer);
  }, [waiting, id, queries]);
  return { waiting, long: waiting && now - sent.since > LONG_MS };
}
