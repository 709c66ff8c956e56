import { useQuery } from "@tanstack/react-query";
import { ErrorState } from "@/components/states";
import { meQuery } from "@/lib/me";

/** Why the api does not say yet who asks, in its own words: it is building its view, or it cannot be reached. */
export function useNotReady(): Error | null {
  const { data, failureReason } = useQuery(meQuery);
  return data === undefined ? failureReason : null;
}

export function NotReady({ error }: { error: Error }) {
  return (
    <>
      <ErrorState error={error} />
      <p className="text-center text-muted-foreground text-table">
        This page asks again by itself and opens as soon as it is answered.
      </p>
    </>
  );
}
