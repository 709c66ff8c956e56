import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { RouterProvider } from "react-router";
import { router } from "@/app/router";
import { SignInPage } from "@/app/sign-in-page";
import { TooltipProvider } from "@/components/ui/tooltip";
import { askAgainMs, mayAnswerLater } from "@/lib/api-client";
import { useStatus } from "@/lib/live/hooks";
import { session } from "@/lib/session";
import { renewLocally } from "@/lib/sign-in";

const AGAIN = 3;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < AGAIN && mayAnswerLater(error),
      retryDelay: askAgainMs,
    },
  },
});

/** What was read before a cut may have missed changes: after it, all that is on screen is read again. */
function useCatchUp(): void {
  const { connections } = useStatus();
  useEffect(() => {
    if (connections > 1) void queries.invalidateQueries();
  }, [connections]);
}

export function App() {
  const signedIn = useSyncExternalStore(session.subscribe, () => session.get()?.username ?? null);
  useCatchUp();
  useEffect(() => {
    if (signedIn === null) return;
    void renewLocally();
    return () => queries.clear();
  }, [signedIn]);

  return (
    <QueryClientProvider client={queries}>
      <TooltipProvider delayDuration={300}>
        {signedIn === null ? <SignInPage /> : <RouterProvider router={router} />}
      </TooltipProvider>
    </QueryClientProvider>
  );
}
