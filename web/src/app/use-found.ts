import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/lib/api-client";
import { useMay } from "@/lib/me";
import { useDebounced } from "@/lib/use-debounced";

const REST_MS = 150;
const NOTHING: Schemas["Found"] = { clients: [], territories: [], advisors: [] };

/** What the letters typed so far find; the last answer stays until the next is there. `words` are those it answers. */
export function useFound(typed: string) {
  const wanted = typed.trim();
  const words = useDebounced(wanted, REST_MS);
  const may = useMay("read_clients");
  const asked = useQuery({
    queryKey: ["search", words],
    queryFn: ({ signal }) => answer(api.GET("/api/search", { params: { query: { q: words } }, signal })),
    enabled: may && words !== "",
    placeholderData: keepPreviousData,
  });
  const found = wanted === "" ? NOTHING : (asked.data ?? NOTHING);
  return {
    found,
    words,
    searching: may && wanted !== "" && (words !== wanted || asked.isFetching),
    error: asked.error,
  };
}
