import { parseAsArrayOf, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useNavigate, useParams } from "react-router";
import { PageHeader } from "@/components/page-header";
import { EmptyState, ErrorState, NoPermissionState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import { plural } from "@/lib/format";
import { useMe } from "@/lib/me";
import { useEngaged, useSteady } from "@/lib/steady";
import { BalanceStrip } from "./balance-strip";
import { TerritoryDetail } from "./detail";
import { narrowed, openAtFirst, ordered, type Place, SORTS, territoryKey } from "./outline";
import { TreeTable } from "./tree-table";
import { usePlaces } from "./use-places";

const VIEW = {
  q: parseAsString.withDefault(""),
  sort: parseAsStringLiteral(SORTS).withDefault("name"),
  open: parseAsArrayOf(parseAsString, "."),
};

export function TerritoriesPage() {
  const me = useMe();
  if (me === undefined) return <PageHeader title="Territories" />;
  if (!me.permissions.includes("read_clients"))
    return (
      <>
        <PageHeader title="Territories" />
        <NoPermissionState>
          Territories are shown with what their clients hold. Your role watches the pipeline and sees no clients.
        </NoPermissionState>
      </>
    );
  return <Territories />;
}

function Territories() {
  const { places, error, retry } = usePlaces();
  if (places !== undefined) return <Shown places={places} />;
  return (
    <>
      <PageHeader title="Territories" />
      <Card className="p-4">
        {error ? <ErrorState error={error} retry={retry} /> : <Skeleton className="h-[70dvh]" />}
      </Card>
    </>
  );
}

function Shown({ places }: { places: ReadonlyMap<string, Place> }) {
  const selected = useParams().territoryId ?? null;
  const { search } = useLocation();
  const navigate = useNavigate();
  const [{ q, sort, open }, setView] = useQueryStates(VIEW);
  const [opening, setOpening] = useState<{ q: string; keys: string[] } | null>(null); // while a filter opens all
  const { engaged, on } = useEngaged();
  const settled = useSteady(places, engaged, sort);
  const all = useMemo(() => ordered(settled, sort), [settled, sort]);
  const children = useMemo(() => narrowed(all, settled, q), [all, settled, q]);
  const opened = useMemo(() => {
    if (q.trim() !== "") return opening?.q === q ? opening.keys : [...children.keys()];
    return open?.map((id) => `r:${id}`) ?? openAtFirst(all, settled, selected);
  }, [q, opening, children, open, all, settled, selected]);

  const setOpened = (keys: string[]) => {
    if (q.trim() !== "") setOpening({ q, keys });
    else void setView({ open: keys.map((key) => key.slice(2)) });
  };

  const rows = [...places.values()];
  const territories = rows.flatMap((place) => (place.kind === "territory" ? [place.row] : []));
  const tops = rows.flatMap((place) => (place.kind === "region" && place.row.parent === null ? [place.row] : []));
  const live = selected === null ? undefined : places.get(territoryKey(selected));
  const go = (id: string | null) =>
    void navigate(
      { pathname: id === null ? "/territories" : `/territories/${encodeURIComponent(id)}`, search },
      { preventScrollReset: true },
    );

  return (
    <>
      <PageHeader
        title="Territories"
        note={`${plural(territories.length, "territory", "territories")} in ${plural(rows.length - territories.length, "region")}`}
      >
        <Input
          type="search"
          aria-label="Filter territories"
          placeholder="Filter by name"
          value={q}
          onChange={(event) => void setView({ q: event.target.value || null })}
          className="w-56"
        />
      </PageHeader>
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_360px] 2xl:grid-cols-[minmax(0,1fr)_400px]">
        <Card className="overflow-hidden">
          <BalanceStrip territories={territories} tops={tops} />
          <div
            {...on}
            className="prints-whole max-h-[60dvh] overflow-auto xl:max-h-[calc(100dvh-14.5rem)] [&>div]:overflow-visible"
          >
            {children.size === 0 ? (
              <EmptyState title="No territory of that name">
                <Button variant="outline" onClick={() => void setView({ q: null })}>
                  Show all
                </Button>
              </EmptyState>
            ) : (
              <TreeTable
                places={places}
                words={q}
                open={opened}
                onOpen={setOpened}
                selected={selected}
                onSelect={go}
                sort={sort}
                onSort={(next) => void setView({ sort: next })}
              >
                {children}
              </TreeTable>
            )}
          </div>
        </Card>
        <Beside selected={selected}>
          {selected === null ? (
            <Card>
              <EmptyState title="No territory chosen">
                Choose one to see who serves it, what its clients are, and what came and went.
              </EmptyState>
            </Card>
          ) : (
            <TerritoryDetail
              key={selected}
              id={selected}
              live={live?.kind === "territory" ? live.row : undefined}
              onClose={() => go(null)}
            />
          )}
        </Beside>
      </div>
    </>
  );
}

/** Beside the tree, or below it where there is no room: then it comes into view when one is chosen or linked to. */
function Beside({ selected, children }: { selected: string | null; children: React.ReactNode }) {
  const ref = useRef<HTMLDivElement>(null);
  const first = useRef(true);
  useEffect(() => {
    const behavior = first.current ? "instant" : "smooth"; // a link leads there, a choice goes there
    first.current = false;
    if (selected === null || matchMedia("(min-width: 1280px)").matches) return;
    const frame = requestAnimationFrame(() => ref.current?.scrollIntoView({ block: "start", behavior })); // the rows are there
    return () => cancelAnimationFrame(frame);
  }, [selected]);
  return (
    <div
      ref={ref}
      className="prints-whole min-h-[calc(100dvh-8rem)] scroll-mt-14 xl:sticky xl:min-h-0 xl:top-16 xl:max-h-[calc(100dvh-5rem)] xl:overflow-y-auto"
    >
      {children}
    </div>
  );
}
