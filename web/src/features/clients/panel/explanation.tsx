import { useQuery } from "@tanstack/react-query";
import { CircleCheckIcon, CircleDashedIcon, CircleIcon } from "lucide-react";
import { useId } from "react";
import { EmptyState, ErrorState } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Label } from "@/components/ui/label";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import type { Schemas } from "@/lib/api-client";
import { cn } from "@/lib/cn";
import { usePanelAddress } from "./address";
import { type ClientDetail, explanationQuery, territoriesQuery } from "./queries";
import { Rules } from "./rules";

type Step = Schemas["StepView"];

const STEPS: Record<Step["step"], [string, string]> = {
  override: ["Override", "a person's word on this client"],
  whitelist: ["Whitelist", "the rule set names this client"],
  rule: ["Rules", "the first that holds, by priority"],
  parent: ["Parent", "where its parent is served"],
  default: ["Default", "where the rule set sends the rest"],
  unassigned: ["Unassigned", "nobody serves it"],
};

const OUTCOMES: Record<Step["outcome"], string> = {
  decided: "decided",
  passed: "had nothing to say",
  unreached: "not reached",
};

/** Why this territory: the steps in the order in which they are tried, and what the rules said; or why not another. */
export function Explanation({ detail }: { detail: ClientDetail }) {
  const { against } = usePanelAddress();
  const asked = useQuery(explanationQuery(detail.client.id, null));
  if (asked.isPending) return <Skeleton className="h-96" />;
  if (asked.isError) return <ErrorState error={asked.error} retry={() => void asked.refetch()} />;
  const { steps, rules, rule_set: set, number } = asked.data;
  return (
    <>
      <WhyNot at={detail.client.territory?.id ?? null} />
      {against !== null ? (
        <Against detail={detail} against={against} />
      ) : (
        <>
          <p className="pb-3 text-muted-foreground text-table">
            {set === null ? "No rule set is active." : `Rule set ${set}, version ${number}, tried just now.`}
          </p>
          <ol className="flex flex-col">
            {steps.map((step) => (
              <Rung key={step.step} step={step}>
                {step.step === "rule" && step.outcome !== "unreached" && <Rules rules={rules} />}
              </Rung>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

function Rung({ step, children }: { step: Step; children: React.ReactNode }) {
  const [name, means] = STEPS[step.step];
  const decided = step.outcome === "decided";
  return (
    <li className="relative flex gap-3 pb-4 text-table last:pb-0">
      <span aria-hidden className="-bottom-0 absolute top-6 left-[7.5px] w-px bg-border" />
      <span aria-hidden className={cn("mt-0.5 [&_svg]:size-4", decided ? "text-primary" : "text-muted-foreground")}>
        {decided ? <CircleCheckIcon /> : step.outcome === "passed" ? <CircleIcon /> : <CircleDashedIcon />}
      </span>
      <div className="min-w-0 flex-1">
        <p className={cn(decided ? "font-medium" : "text-muted-foreground")}>
          {name}: {OUTCOMES[step.outcome]}
          {step.territory !== null && `, ${step.territory.name}`}
        </p>
        <p className="text-label text-muted-foreground">{means}</p>
        {children}
      </div>
    </li>
  );
}

function WhyNot({ at }: { at: string | null }) {
  const { against, ask } = usePanelAddress();
  const asked = useQuery(territoriesQuery);
  const id = useId();
  const others = (asked.data?.territories ?? [])
    .filter((territory) => territory.id !== at)
    .sort((a, b) => a.name.localeCompare(b.name));
  return (
    <div className="flex flex-wrap items-center gap-2 pb-4">
      <Label id={id}>Why not</Label>
      <Select value={against ?? ""} onValueChange={(next) => ask(next)}>
        <SelectTrigger aria-labelledby={id} className="w-64">
          <SelectValue placeholder="another territory" />
        </SelectTrigger>
        <SelectContent>
          {others.map((territory) => (
            <SelectItem key={territory.id} value={territory.id}>
              {territory.name}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
      {against !== null && (
        <Button variant="ghost" onClick={() => ask(null)}>
          Back to why
        </Button>
      )}
    </div>
  );
}

function Against({ detail, against }: { detail: ClientDetail; against: string }) {
  const asked = useQuery(explanationQuery(detail.client.id, against));
  if (asked.isPending) return <Skeleton className="h-48" />;
  if (asked.isError) return <ErrorState error={asked.error} retry={() => void asked.refetch()} />;
  const { rules } = asked.data;
  const where = detail.client.territory?.name ?? "no territory";
  if (rules.length === 0) {
    return (
      <EmptyState title="No rule leads there">
        Only an override, a whitelist, a parent or the default could bring a client to it.
      </EmptyState>
    );
  }
  const held = rules.some((rule) => rule.holds && !rule.barred);
  return (
    <>
      <p className="pb-2 text-table">
        {held
          ? `A rule to it holds, but an earlier step or rule led to ${where}.`
          : "No rule that leads there holds for this client."}{" "}
        <Badge variant="outline">{rules.length} tried</Badge>
      </p>
      <Rules rules={rules} whole />
    </>
  );
}
