/** What the panel asks about one client. All keys begin with the client, so that a change of it asks again for all. */

import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/lib/api-client";

export type ClientDetail = Schemas["ClientDetail"];
export type EvidenceAnswer = Schemas["Evidence"];
export type PairView = Schemas["PairView"];
export type Verdict = "same" | "different" | "withdrawn";

const of = (id: string) => ({ params: { path: { client_id: id } } });

export const clientKey = (id: string) => ["client", id] as const;

export const detailQuery = (id: string) =>
  queryOptions({
    queryKey: [...clientKey(id), "detail"],
    queryFn: () => answer(api.GET("/api/clients/{client_id}", of(id))),
  });

export const evidenceQuery = (id: string) =>
  queryOptions({
    queryKey: [...clientKey(id), "evidence"],
    queryFn: () => answer(api.GET("/api/clients/{client_id}/evidence", of(id))),
  });

export const pairQuery = (low: string, high: string) =>
  queryOptions({
    queryKey: ["pair", low, high],
    queryFn: () => answer(api.GET("/api/matches/pair", { params: { query: { low, high } } })),
  });

export const explanationQuery = (id: string, territory: string | null) =>
  queryOptions({
    queryKey: [...clientKey(id), "explanation", territory],
    queryFn: () =>
      answer(
        api.GET("/api/clients/{client_id}/explanation", {
          params: { path: { client_id: id }, query: { territory } },
        }),
      ),
  });

export const movesQuery = (id: string) =>
  queryOptions({
    queryKey: [...clientKey(id), "moves"],
    queryFn: () => answer(api.GET("/api/clients/{client_id}/moves", of(id))),
  });

export const historyQuery = (id: string) =>
  queryOptions({
    queryKey: [...clientKey(id), "history"],
    queryFn: () => answer(api.GET("/api/clients/{client_id}/history", of(id))),
    retry: false, // an absent warehouse says so at once
  });

export const familyQuery = (id: string, cursor: string | null = null) =>
  queryOptions({
    queryKey: [...clientKey(id), "family", cursor],
    queryFn: () =>
      answer(
        api.GET("/api/clients/{client_id}/family", {
          params: { path: { client_id: id }, query: { limit: 100, cursor } },
        }),
      ),
  });

export const territoriesQuery = queryOptions({
  queryKey: ["territories", "choice"],
  queryFn: () => answer(api.GET("/api/territories")),
});

export const advisorsQuery = queryOptions({
  queryKey: ["advisors", "choice"],
  queryFn: () => answer(api.GET("/api/advisors", { params: { query: { sort: "name" } } })),
});
