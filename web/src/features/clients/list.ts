/** The list and its facets: pages by cursor, patched live, read again at most every few seconds and never under a hand. */

import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { answer, api } from "@/lib/api-client";
import type { Op } from "@/lib/live/channel";
import { useOps, usePollWhileStale } from "@/lib/live/hooks";
import { type Pages, patched, without } from "./rows";
import { asked, type View } from "./view";

const PAGE = 100;
const READ_AGAIN_MS = 5_000;
const TINT_MS = 1_000;
/** Beyond so many loaded pages the list is read again only when somebody asks: each page is a request. */
const PAGES_READ_AGAIN = 3;
/** Counted so far and no further: a list that stands for hours must not remember all that has changed. */
export const WAITING_MAX = 1_000;

export function useClientList(view: View, enabled: boolean) {
  const poll = usePollWhileStale();
  const query = { ...asked(view), sort: view.sort, limit: PAGE };
  const key = ["clients", "list", query];
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => answer(api.GET("/api/clients", { params: { query: { ...query, cursor: pageParam } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: poll,
    enabled,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  return { list, key, rows, total: list.data?.pages[0]?.total ?? 0 };
}

export function useFacets(view: View, enabled: boolean) {
  const filter = asked(view);
  return useQuery({
    queryKey: ["clients", "facets", filter],
    queryFn: () => answer(api.GET("/api/clients/facets", { params: { query: filter } })),
    placeholderData: keepPreviousData,
    refetchInterval: usePollWhileStale(),
    enabled,
  });
}

/** Follows the clients' channel for the list of `key`. While `frozen`, nothing moves and changes add up. */
export function useLiveList(key: readonly unknown[], frozen: boolean) {
  const queries = useQueryClient();
  const [tinted, setTinted] = useState<ReadonlySet<string>>(new Set());
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [waiting, setWaiting] = useState<ReadonlySet<string>>(new Set());
  const name = JSON.stringify(key);
  const readAt = useRef(Date.now());

  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has nothing waiting
  useEffect(() => {
    setGone(new Set());
    setWaiting(new Set());
    readAt.current = Date.now();
  }, [name]);

  useOps("clients", (ops: readonly Op[]) => {
    const data = queries.getQueryData<Pages>(key);
    if (data === undefined) return;
    const found = patched(data, ops);
    if (found.data !== data) queries.setQueryData(key, found.data);
    if (found.changed.length > 0) setTinted(new Set(found.changed));
    if (found.gone.length > 0) setGone((before) => new Set([...before, ...found.gone]));
    const waits = [...found.others, ...found.changed, ...found.gone];
    setWaiting((before) => (before.size >= WAITING_MAX ? before : new Set([...before, ...waits])));
  });

  useEffect(() => {
    if (tinted.size === 0) return;
    const timer = setTimeout(() => setTinted(new Set()), TINT_MS);
    return () => clearTimeout(timer);
  }, [tinted]);

  const show = useCallback(() => {
    const at = JSON.parse(name) as unknown[];
    readAt.current = Date.now();
    setWaiting(new Set());
    setGone(new Set());
    queries.setQueryData<Pages>(at, (data) => (data === undefined ? data : without(data, gone)));
    void queries.invalidateQueries({ queryKey: at });
    void queries.invalidateQueries({ queryKey: ["clients", "facets"] });
  }, [queries, name, gone]);

  const any = waiting.size > 0;
  useEffect(() => {
    const loaded = queries.getQueryData<Pages>(JSON.parse(name) as unknown[])?.pages.length ?? 0;
    if (frozen || !any || loaded > PAGES_READ_AGAIN) return;
    const timer = setTimeout(show, Math.max(0, readAt.current + READ_AGAIN_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [frozen, any, show, queries, name]);

  return { tinted, gone, waiting: waiting.size, show };
}
