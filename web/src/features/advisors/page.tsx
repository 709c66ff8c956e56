import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useMemo } from "react";
import { useLocation, useNavigate, useParams } from "react-router";
import { PageHeader } from "@/components/page-header";
import { EmptyState, ErrorState, NoPermissionState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { count } from "@/lib/format";
import { advisorHref } from "@/lib/links";
import { useMe } from "@/lib/me";
import { useEngaged, useSteady } from "@/lib/steady";
import { AdvisorTable } from "./advisor-table";
import { Figures } from "./figures";
import { Filters, useWithin } from "./filters";
import { type AdvisorRow, chosen, ordered, SORTS } from "./order";
import { AdvisorPanel } from "./panel";
import { useAdvisors } from "./use-advisors";

const VIEW = {
  q: parseAsString.withDefault(""),
  region: parseAsString,
  territory: parseAsString,
  sort: parseAsStringLiteral(SORTS).withDefault("-load"),
};

export function AdvisorsPage() {
  const me = useMe();
  if (me === undefined) return <Waiting />;
  if (!me.permissions.includes("read_clients"))
    return (
      <>
        <PageHeader title="Advisors" />
        <NoPermissionState>
          Advisors are shown with what their clients hold. Your role watches the pipeline and sees no clients.
        </NoPermissionState>
      </>
    );
  return <Advisors />;
}

function Waiting() {
  return (
    <>
      <PageHeader title="Advisors" />
      <Skeleton className="mb-4 h-24" />
      <Skeleton className="h-[65dvh]" />
    </>
  );
}

function Advisors() {
  const { rows, error, retry } = useAdvisors();
  if (rows !== undefined) return <Shown rows={rows} />;
  if (error === null) return <Waiting />;
  return (
    <>
      <PageHeader title="Advisors" />
      <ErrorState error={error} retry={retry} />
    </>
  );
}

function Shown({ rows }: { rows: readonly AdvisorRow[] }) {
  const selected = useParams().advisorId ?? null;
  const { search } = useLocation();
  const navigate = useNavigate();
  const [view, setView] = useQueryStates(VIEW);
  const within = useWithin(view);
  const { engaged, on } = useEngaged();
  const byId = useMemo(() => new Map(rows.map((row) => [row.id, row])), [rows]);
  const order = useSteady(
    useMemo(() => ordered(rows, view.sort), [rows, view.sort]),
    engaged,
    view.sort,
  );
  const inOrder = order.flatMap((id) => byId.get(id) ?? []);
  const shown = chosen(inOrder, view.q, within);
  return (
    <>
      <PageHeader title="Advisors" note={`${count(shown.length)} of ${count(rows.length)} shown`}>
        <Filters filter={view} onChange={(change) => void setView(change)} />
      </PageHeader>
      <Figures rows={shown} />
      <Card {...on} className="overflow-hidden">
        {shown.length === 0 ? (
          <EmptyState title="No advisor fits">
            <Button variant="outline" onClick={() => void setView({ q: null, region: null, territory: null })}>
              Show all
            </Button>
          </EmptyState>
        ) : (
          <AdvisorTable
            rows={shown}
            words={view.q}
            selected={selected}
            hrefOf={(id) => advisorHref(id) + search}
            sort={view.sort}
            onSort={(sort) => void setView({ sort })}
          />
        )}
      </Card>
      {selected !== null && (
        <AdvisorPanel
          key={selected}
          id={selected}
          live={byId.get(selected)}
          onClose={() => void navigate({ pathname: "/advisors", search }, { preventScrollReset: true })}
        />
      )}
    </>
  );
}
