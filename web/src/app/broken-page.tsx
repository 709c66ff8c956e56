import { Link, useRouteError } from "react-router";
import { PageHeader } from "@/components/page-header";
import { EmptyState, ErrorState } from "@/components/states";
import { Button } from "@/components/ui/button";

export function MissingPage() {
  return (
    <>
      <PageHeader title="No such page" />
      <EmptyState title="Nothing stands at this address">
        It may be an old link. What it named is found by search.
      </EmptyState>
      <p className="text-center">
        <Button asChild variant="outline">
          <Link to="/">To the dashboard</Link>
        </Button>
      </p>
    </>
  );
}

/** A page that could not be drawn: most often a part of an older build that is gone after a release. */
export function BrokenPage() {
  const error = useRouteError();
  return (
    <main className="grid min-h-dvh place-content-center">
      <ErrorState error={error instanceof Error ? error : new Error(String(error))} retry={() => location.reload()} />
    </main>
  );
}
