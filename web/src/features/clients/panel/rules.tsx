import { CheckIcon, ChevronDownIcon, XIcon } from "lucide-react";
import { useId, useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { Schemas } from "@/lib/api-client";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/format";
import { conditionWords } from "./condition-words";

export type RuleView = Schemas["RuleView"];
const FEW = 8;

/** The first condition that fails: what keeps the rule from holding. */
export const failing = (rule: RuleView): number => rule.conditions.findIndex((condition) => !condition.holds);

/** Up to the one that decided; those after it were not needed, and those of them that hold too are told apart. */
export function split(rules: readonly RuleView[]): { tried: RuleView[]; after: RuleView[] } {
  const at = rules.findIndex((rule) => rule.decided);
  return at === -1 ? { tried: [...rules], after: [] } : { tried: rules.slice(0, at + 1), after: rules.slice(at + 1) };
}

export function Rules({ rules, whole = false }: { rules: readonly RuleView[]; whole?: boolean }) {
  const [all, setAll] = useState(whole);
  const { tried, after } = split(rules);
  const last = tried.slice(-FEW);
  const shown = all ? rules : rules.filter((rule) => rule.holds || last.includes(rule));
  const hidden = rules.length - shown.length;
  return (
    <>
      <ol className="mt-2 divide-y rounded-lg border bg-card">
        {shown.map((rule) => (
          <Rule key={rule.id} rule={rule} late={!whole && after.includes(rule)} />
        ))}
      </ol>
      {(hidden > 0 || (all && !whole)) && (
        <Button variant="link" size="sm" onClick={() => setAll(!all)}>
          {all ? "Only what mattered" : `${plural(hidden, "more rule")}, none of which holds`}
        </Button>
      )}
    </>
  );
}

function Rule({ rule, late }: { rule: RuleView; late: boolean }) {
  const [open, setOpen] = useState(rule.decided);
  const id = useId();
  const at = failing(rule);
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        className="flex w-full items-baseline gap-2 px-3 py-1.5 text-left hover:bg-muted/60"
      >
        <ChevronDownIcon aria-hidden className={cn("size-4 shrink-0 self-center", !open && "-rotate-90")} />
        <span className="num w-8 shrink-0 text-right text-muted-foreground">{rule.priority}</span>
        <span className="min-w-0 flex-1">
          <span className={cn("block", rule.decided && "font-medium")}>
            {rule.id} <span className="font-normal text-muted-foreground">to {rule.territory.name}</span>
          </span>
          {!open && at >= 0 && (
            <span className="block truncate text-label text-muted-foreground">
              fails: {conditionWords(rule.conditions[at]?.text ?? "")}
            </span>
          )}
        </span>
        <Outcome rule={rule} late={late} />
      </button>
      <ul id={id} hidden={!open} className="pr-3 pb-2 pl-17">
        {rule.conditions.map((condition, i) => (
          <li key={condition.text} className="flex items-baseline gap-1.5">
            <span aria-hidden className={cn("[&_svg]:size-3.5", condition.holds ? "text-good" : "text-destructive")}>
              {condition.holds ? <CheckIcon /> : <XIcon />}
            </span>
            <code className={cn("min-w-0 break-words font-sans", i === at && "font-medium")}>
              {conditionWords(condition.text)}
            </code>
            <span className="sr-only">{condition.holds ? "holds" : "fails"}</span>
            {i === at && <span className="text-destructive text-label">fails first</span>}
          </li>
        ))}
        {rule.conditions.length === 0 && (
          <li className="text-muted-foreground">It has no conditions: it always holds.</li>
        )}
      </ul>
    </li>
  );
}

function Outcome({ rule, late }: { rule: RuleView; late: boolean }) {
  if (rule.decided) return <Badge variant="good">Decided</Badge>;
  if (rule.barred) return <Badge variant="attention">Barred by a blacklist</Badge>;
  if (!rule.holds) return <Badge variant="outline">Fails</Badge>;
  return <Badge>{late ? "Holds too, later" : "Holds"}</Badge>;
}
