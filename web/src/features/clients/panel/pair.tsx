import { ChevronDownIcon, CircleCheckIcon, CircleHelpIcon, CircleSlashIcon, HourglassIcon } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Age } from "@/components/values";
import { cn } from "@/lib/cn";
import { useMay } from "@/lib/me";
import { usePanelAddress } from "./address";
import { DecisionForm } from "./decision-form";
import { isAwaited, recordsOf, type useAwaited, useDecide } from "./decisions";
import { bits } from "./evidence-words";
import { recordId, sourceName } from "./field-words";
import type { PairView, Verdict } from "./queries";
import { Waterfall } from "./waterfall";

const KEYS: Record<string, Verdict> = { s: "same", d: "different" };

interface PairProps {
  pair: PairView;
  client: string;
  words: ReturnType<typeof useAwaited>;
  openAtFirst: boolean;
}

/** Two records and what speaks for their being one client. With the focus on it, S says same and D different. */
export function Pair({ pair, client, words, openAtFirst }: PairProps) {
  const [open, setOpen] = useState(openAtFirst);
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const may = useMay("decide_matches");
  const decide = useDecide(words);
  const body = useId();
  const onKeyDown = (event: KeyboardEvent) => {
    const next = KEYS[event.key.toLowerCase()];
    if (!may || next === undefined || event.target instanceof HTMLInputElement) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setVerdict(next);
  };
  const stands = pair.decision.verdict === "same" || pair.decision.verdict === "different";
  return (
    <li className="rounded-lg border bg-card focus-within:border-primary" onKeyDown={onKeyDown}>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={body}
        aria-keyshortcuts={may ? "S D" : undefined}
        onClick={() => setOpen(!open)}
        className="flex w-full items-start gap-2 px-3 py-2 text-left text-table"
      >
        <ChevronDownIcon aria-hidden className={cn("mt-0.5 size-4 shrink-0", !open && "-rotate-90")} />
        <span className="min-w-0 flex-1">
          <Side side={pair.low} />
          <Side side={pair.high} />
        </span>
        <span className="flex shrink-0 flex-col items-end gap-1">
          <VerdictBadge pair={pair} />
          <span className="num text-label text-muted-foreground">
            {bits(pair.weight)} bits, {pair.confidence.toFixed(2)} %
          </span>
        </span>
      </button>
      <div id={body} hidden={!open} className="border-t px-3 py-2">
        <Waterfall pair={pair} />
      </div>
      <div className="flex flex-wrap items-center gap-2 px-3 pb-2">
        {pair.decision.verdict !== null && <Spoken pair={pair} />}
        {isAwaited(pair, words.awaited) && (
          <Badge variant="outline" role="status">
            <HourglassIcon aria-hidden /> Sent; applies in a moment
          </Badge>
        )}
        <Elsewhere pair={pair} client={client} />
        {may && verdict === null && (
          <span className="ml-auto flex gap-1.5">
            {pair.decision.verdict !== "same" && <Say onClick={() => setVerdict("same")} word="Same" letter="S" />}
            {pair.decision.verdict !== "different" && (
              <Say onClick={() => setVerdict("different")} word="Different" letter="D" />
            )}
            {stands && <Say onClick={() => setVerdict("withdrawn")} word="Withdraw" />}
          </span>
        )}
      </div>
      {verdict !== null && (
        <DecisionForm
          verdict={verdict}
          pending={decide.isPending}
          error={decide.error}
          onCancel={() => {
            decide.reset();
            setVerdict(null);
          }}
          onSay={(reason) =>
            decide.mutate(
              { ...recordsOf(pair), verdict, reason, version: pair.decision.version },
              { onSuccess: () => setVerdict(null) },
            )
          }
        />
      )}
    </li>
  );
}

function Side({ side }: { side: PairView["low"] }) {
  return (
    <span className="block truncate">
      {side.name || "(no name)"}{" "}
      <span className="text-label text-muted-foreground" title={recordId(side.record)}>
        {sourceName(side.record)}
      </span>
    </span>
  );
}

const VERDICTS: Record<PairView["verdict"], [ReactNode, string, "good" | "attention" | "outline"]> = {
  match: [<CircleCheckIcon key="i" aria-hidden />, "Match", "good"],
  possible: [<CircleHelpIcon key="i" aria-hidden />, "Possible match", "attention"],
  different: [<CircleSlashIcon key="i" aria-hidden />, "No match", "outline"],
  forbidden: [<CircleSlashIcon key="i" aria-hidden />, "Cannot match", "outline"],
};

function VerdictBadge({ pair }: { pair: PairView }) {
  const [icon, word, variant] = VERDICTS[pair.verdict];
  return (
    <Badge variant={variant}>
      {icon}
      {word}
    </Badge>
  );
}

function Spoken({ pair: { decision } }: { pair: PairView }) {
  const said = { same: "the same client", different: "different clients", withdrawn: "decision withdrawn" };
  if (decision.verdict === null) return null;
  return (
    <p className="text-label">
      <span className="font-medium">{decision.author}</span>: {said[decision.verdict]}
      {decision.reason !== null && `, “${decision.reason}”`}
      {decision.at !== null && (
        <>
          , <Age at={decision.at} />
        </>
      )}
    </p>
  );
}

function Elsewhere({ pair, client }: { pair: PairView; client: string }) {
  const { open } = usePanelAddress();
  const other = [pair.low.client, pair.high.client].find((one) => one.id !== client);
  if (other === undefined) return null;
  return (
    <Button variant="link" size="text" className="min-w-0 text-label" onClick={() => open(other.id)}>
      <span className="truncate">Open {other.name}</span>
    </Button>
  );
}

function Say({ onClick, word, letter }: { onClick: () => void; word: string; letter?: string }) {
  return (
    <Button variant="outline" size="sm" onClick={onClick} aria-keyshortcuts={letter}>
      {word}
      {letter !== undefined && (
        <kbd aria-hidden className="rounded-sm border px-1 text-label text-muted-foreground">
          {letter}
        </kbd>
      )}
    </Button>
  );
}
