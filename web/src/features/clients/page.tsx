import { ListFilterIcon } from "lucide-react";
import { lazy, Suspense, useCallback, useRef, useState } from "react";
import { PageHeader } from "@/components/page-header";
import { EmptyState, ErrorState, NoPermissionState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { arriving } from "@/lib/arriving";
import { useClientInAddress } from "@/lib/client-in-address";
import { cn } from "@/lib/cn";
import { count, plural } from "@/lib/format";
import { useMay, useMe } from "@/lib/me";
import { ColumnMenu } from "./column-menu";
import { ExportButton } from "./export-button";
import { FacetRail } from "./facet-rail";
import { FilterChips } from "./filter-chips";
import { useClientList, useFacets, useLiveList, WAITING_MAX } from "./list";
import { SearchBox } from "./search-box";
import { SortMenu } from "./sort-menu";
import { ClientsTable } from "./table";
import { useHiddenColumns } from "./use-hidden-columns";
import { useNarrow, useWide } from "./use-narrow";
import { activeFilters, useView } from "./view";

// Only a narrow screen has it, once somebody wants it.
const FilterSheet = lazy(() => arriving(async () => ({ default: (await import("./filter-sheet")).FilterSheet })));

export function ClientsPage() {
  const known = useMe() !== undefined;
  const may = useMay("read_clients");
  if (known && !may) {
    return (
      <>
        <PageHeader title="Clients" />
        <NoPermissionState>Operators watch the pipeline; clients are for leaders and analysts.</NoPermissionState>
      </>
    );
  }
  return <ClientList enabled={may} />;
}

function ClientList({ enabled }: { enabled: boolean }) {
  const { view, ready, change, reset } = useView();
  const [open, setOpen] = useClientInAddress();
  const [hidden, setHidden] = useHiddenColumns();
  const [frozen, setFrozen] = useState({ pointer: false, focus: false });
  const [filtering, setFiltering] = useState(false);
  const filterButton = useRef<HTMLButtonElement>(null);
  const narrow = useNarrow();
  const wide = useWide();
  const { list, key, rows, total } = useClientList(view, enabled && ready);
  const facets = useFacets(view, enabled && ready);
  const live = useLiveList(key, frozen.pointer || frozen.focus);
  const search = useCallback((q: string) => change({ q }, "replace"), [change]);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  const loadMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage]);
  const filters = activeFilters(view);
  const rail = <FacetRail facets={facets.data} view={view} change={change} />;

  return (
    <>
      <PageHeader
        title="Clients"
        note={<Count total={list.isPlaceholderData || list.data === undefined ? null : total} filtered={filters > 0} />}
      >
        {live.waiting > 0 && (
          <Button variant="link" onClick={live.show}>
            {live.waiting < WAITING_MAX ? plural(live.waiting, "change") : `Over ${count(WAITING_MAX)} changes`}{" "}
            waiting: show
          </Button>
        )}
        <SearchBox value={view.q} onSearch={search} />
        {!wide && (
          <Button ref={filterButton} variant="outline" aria-haspopup="dialog" onClick={() => setFiltering(true)}>
            <ListFilterIcon aria-hidden /> Filters{filters > 0 && ` (${filters})`}
          </Button>
        )}
        {narrow ? (
          <SortMenu sort={view.sort} onSort={(sort) => change({ sort })} />
        ) : (
          <ColumnMenu hidden={hidden} onChange={setHidden} />
        )}
        <ExportButton view={view} hidden={hidden} />
      </PageHeader>
      <FilterChips view={view} facets={facets.data} change={change} reset={reset} />
      <div className={cn("flex gap-4", filters > 0 ? "md:[--above:13.5rem]" : "md:[--above:11rem]")}>
        {wide && (
          <aside
            aria-label="Filters"
            className="no-print max-h-[calc(100dvh-var(--above))] w-46 shrink-0 overflow-y-auto pr-2"
          >
            {rail}
          </aside>
        )}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: it only notices that somebody is in the table */}
        <div
          className="min-w-0 flex-1"
          // Not on entering: the list may have come to be under a pointer that rests.
          onPointerMove={() => setFrozen((now) => (now.pointer ? now : { ...now, pointer: true }))}
          onPointerLeave={() => setFrozen((now) => ({ ...now, pointer: false }))}
          onFocus={() => setFrozen((now) => ({ ...now, focus: true }))}
          onBlur={() => setFrozen((now) => ({ ...now, focus: false }))}
        >
          {list.isError && rows.length === 0 ? (
            <ErrorState error={list.error} retry={() => void list.refetch()} />
          ) : list.data === undefined ? (
            <Skeleton className="h-[calc(100dvh-var(--above,17rem))]" />
          ) : rows.length === 0 ? (
            <NothingFound filtered={filters > 0} reset={reset} />
          ) : (
            <ClientsTable
              rows={rows}
              total={total}
              more={hasNextPage}
              loadMore={loadMore}
              sort={view.sort}
              onSort={(sort) => change({ sort })}
              hidden={hidden}
              typed={view.q}
              open={open}
              onOpen={(id) => void setOpen(id)}
              tinted={live.tinted}
              gone={live.gone}
              narrow={narrow}
              dimmed={list.isPlaceholderData}
            />
          )}
        </div>
      </div>
      <Suspense>
        {filtering && !wide && (
          <FilterSheet opener={filterButton} onClose={() => setFiltering(false)}>
            {rail}
          </FilterSheet>
        )}
      </Suspense>
    </>
  );
}

function Count({ total, filtered }: { total: number | null; filtered: boolean }) {
  if (total === null) return <span className="inline-block h-4 w-28 animate-pulse rounded-md bg-muted" />;
  return (
    <span data-testid="client-count" className="num">
      {plural(total, "client")}
      {filtered && " match"}
    </span>
  );
}

function NothingFound({ filtered, reset }: { filtered: boolean; reset: () => void }) {
  if (!filtered) {
    return (
      <EmptyState title="No clients yet">They appear here as soon as a CRM sends records of your regions.</EmptyState>
    );
  }
  return (
    <EmptyState title="No client matches">
      Each filter narrows the others. Take one away, or begin again.
      <Button variant="outline" onClick={reset}>
        Reset
      </Button>
    </EmptyState>
  );
}
