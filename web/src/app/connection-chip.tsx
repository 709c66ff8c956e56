import {
  CircleDotIcon,
  HourglassIcon,
  LayersIcon,
  LoaderIcon,
  PauseIcon,
  PlayIcon,
  TriangleAlertIcon,
  WifiOffIcon,
} from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Tooltip, TooltipContent, TooltipTrigger } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { count, time } from "@/lib/format";
import { connection, type LiveState, type Status } from "@/lib/live/connection";
import { useOps, usePaused, useStatus } from "@/lib/live/hooks";

interface Look {
  icon: ReactNode;
  word: string;
  tone: string;
}

const LOOKS: Record<LiveState, Look> = {
  live: { icon: <CircleDotIcon />, word: "Live", tone: "text-good" },
  lagging: { icon: <HourglassIcon />, word: "Behind", tone: "text-attention" },
  connecting: { icon: <LoaderIcon />, word: "Connecting", tone: "text-muted-foreground" },
  reconnecting: { icon: <LoaderIcon />, word: "Reconnecting", tone: "text-attention" },
  stale: { icon: <TriangleAlertIcon />, word: "Not live", tone: "text-destructive" },
  crowded: { icon: <LayersIcon />, word: "Too many tabs", tone: "text-attention" },
  offline: { icon: <WifiOffIcon />, word: "Offline", tone: "text-destructive" },
  "signed-out": { icon: <WifiOffIcon />, word: "Signed out", tone: "text-muted-foreground" },
};

function inFull({ state, watermark, lagMs, heardAt }: Status): string {
  const asOf = watermark === null ? "No change yet" : `Last change in your regions at ${time(watermark)}`;
  const behind = lagMs >= 1_000 ? `, the view is ${Math.round(lagMs / 1_000)} s behind the log` : "";
  const heard = state === "live" || heardAt === 0 ? "" : `. Last word from the server at ${time(heardAt)}`;
  return `${asOf}${behind}${heard}.`;
}

export function ConnectionChip() {
  const status = useStatus();
  const { icon, word, tone } = LOOKS[status.state];
  if (status.state === "signed-out") return null; // this role has no live connection
  const behind = status.state === "lagging" ? ` ${Math.round(status.lagMs / 1_000)} s` : "";
  return (
    <div className="flex items-center gap-1">
      <Tooltip>
        <TooltipTrigger asChild>
          <button
            type="button"
            onClick={connection.retry}
            data-testid="connection"
            data-state-live={status.state}
            className={cn(
              "inline-flex h-8 items-center gap-1.5 rounded-md px-2 text-table hover:bg-muted [&_svg]:size-4",
              tone,
            )}
          >
            <span aria-hidden>{icon}</span>
            {word}
            {behind}
          </button>
        </TooltipTrigger>
        <TooltipContent>{inFull(status)}</TooltipContent>
      </Tooltip>
      <PauseButton />
    </div>
  );
}

const hearOf = () => undefined;

function PauseButton() {
  const { paused, waiting, toggle } = usePaused();
  useOps("moves", hearOf); // on every page: they are what is counted while it is paused
  return (
    <Button variant={paused ? "outline" : "ghost"} size="sm" onClick={toggle} aria-pressed={paused}>
      {paused ? <PlayIcon aria-hidden /> : <PauseIcon aria-hidden />}
      {paused ? (
        `Resume${waiting > 0 ? `, ${count(waiting)} waiting` : ""}`
      ) : (
        <span className="sr-only">Pause updates</span>
      )}
    </Button>
  );
}

const CAUSES: Partial<Record<LiveState, string>> = {
  stale: "No live connection; the page asks every 15 seconds instead.",
  crowded: "You have Cadastre open in too many tabs: this one asks every 15 seconds. Close one, and it is live.",
  offline: "This device is offline.",
};

/** One announcement for what a person must know; it goes by itself when the cause is gone. */
export function ConnectionBanner() {
  const { state, heardAt } = useStatus();
  const cause = CAUSES[state];
  if (cause === undefined) return null;
  const since = heardAt > 0 && state !== "crowded" ? ` What is shown is from ${time(heardAt)}.` : "";
  return (
    <div role="alert" className="no-print flex flex-wrap items-center gap-3 border-b bg-card px-4 py-2 text-table">
      <TriangleAlertIcon className="size-4 text-destructive" aria-hidden />
      <span>
        {cause}
        {since}
      </span>
      <Button variant="outline" size="sm" onClick={connection.retry}>
        Retry now
      </Button>
    </div>
  );
}
