import { Link, useRouteError } from "react-router";
import { ErrorState, NotFoundState } from "@/components/states";
import { Button } from "@/components/ui/button";

export function MissingPage() {
  return (
    <>
      <NotFoundState what="page" />
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
