import { MapPinnedIcon } from "lucide-react";
import { NuqsAdapter } from "nuqs/adapters/react-router/v7";
import { lazy, Suspense, useEffect } from "react";
import { Link, Outlet } from "react-router";
import { AccountMenu } from "@/app/account-menu";
import { ConnectionBanner, ConnectionChip } from "@/app/connection-chip";
import { Navigation } from "@/app/navigation";
import { NotReady, useNotReady } from "@/app/not-ready";
import { PaletteButton } from "@/app/palette-button";
import { Badge } from "@/components/ui/badge";
import { arriving } from "@/lib/arriving";
import { useClientInAddress } from "@/lib/client-in-address";
import { cn } from "@/lib/cn";
import { connection } from "@/lib/live/connection";
import { useStale, useStatus } from "@/lib/live/hooks";
import { scopeWords, useMay, useMe } from "@/lib/me";

const Toaster = lazy(() => arriving(async () => ({ default: (await import("@/app/toaster")).Toaster })));
const ClientPanel = lazy(() =>
  arriving(async () => ({ default: (await import("@/features/clients/panel")).ClientPanel })),
);

/** The live connection stands while somebody who may see clients is here: to others the socket has nothing to say. */
function useConnection(): void {
  const reads = useMay("read_clients");
  useEffect(() => {
    if (!reads) return;
    connection.open();
    return () => connection.close();
  }, [reads]);
}

export function Shell() {
  useConnection();
  return (
    <NuqsAdapter defaultOptions={{ shallow: false }}>
      <div className="flex min-h-dvh flex-col">
        <a href="#page" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-card focus:p-2">
          To the page
        </a>
        <Header />
        <ConnectionBanner />
        <div className="flex min-w-0 flex-1 flex-col md:flex-row">
          <Navigation />
          <Page />
        </div>
        <OpenClient />
        <Suspense>
          <Toaster />
        </Suspense>
      </div>
    </NuqsAdapter>
  );
}

function Header() {
  return (
    <header className="no-print sticky top-0 z-30 flex h-12 items-center gap-2 border-b bg-background px-3 md:px-4">
      <Link to="/" className="flex items-center gap-2 font-semibold text-section">
        <img src="/mark.svg" alt="" className="size-6" />
        <span className="max-sm:sr-only">Cadastre</span>
      </Link>
      <ScopeBadge />
      <div className="ml-auto flex items-center gap-1">
        <PaletteButton />
        <ConnectionChip />
        <AccountMenu />
      </div>
    </header>
  );
}

/** Whose rows these are is never in doubt: every figure on the page is of these regions. */
function ScopeBadge() {
  const me = useMe();
  if (me === undefined) return null;
  return (
    <Badge variant="accent" className="ml-2 min-w-0" title={`Everything on this page is limited to: ${scopeWords(me)}`}>
      <MapPinnedIcon aria-hidden />
      <span className="truncate">{scopeWords(me)}</span>
    </Badge>
  );
}

function Page() {
  const stale = useStale();
  const offline = useStatus().state === "offline";
  const notReady = useNotReady();
  const me = useMe();
  return (
    <main
      id="page"
      className={cn(
        "mx-auto w-full min-w-0 max-w-[1680px] flex-1 p-4 pb-20 transition-opacity md:p-6",
        (stale || offline) && "opacity-70",
      )}
    >
      <p className="hidden pb-2 print:block">{me && `Cadastre, limited to: ${scopeWords(me)}`}</p>
      {notReady === null ? (
        <Suspense>
          <Outlet />
        </Suspense>
      ) : (
        <NotReady error={notReady} />
      )}
    </main>
  );
}

function OpenClient() {
  const [client] = useClientInAddress();
  const notReady = useNotReady();
  if (client === null || notReady !== null) return null;
  return (
    <Suspense>
      <ClientPanel key={client} id={client} />
    </Suspense>
  );
}
