import { TriangleAlertIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { EmptyState } from "@/components/states";
import { TierMark } from "@/components/tier-mark";
import { Age } from "@/components/values";
import type { Schemas } from "@/lib/api-client";
import { NONE, words } from "@/lib/format";
import { advisorHref, territoryHref } from "@/lib/links";
import type { ClientDetail } from "./queries";

type Assignment = Schemas["AssignmentView"];

const CONFLICTS: Record<string, (subject: string) => string> = {
  override: (subject) => `Another override, on ${subject}, was set aside: a later one holds.`,
  whitelist: (subject) => `The whitelist of ${subject} was set aside: another one holds.`,
  blacklist: (subject) => `The blacklist of ${subject} was set aside.`,
  parent_cycle: (subject) => `The parents form a circle through ${subject}; it was cut.`,
};

export function decidedBy({ decided_by: by, rule }: Assignment): string {
  if (by === "rule" && rule !== null) return `Rule ${rule.id}, priority ${rule.priority}`;
  const told: Record<string, string> = {
    override: "A person's override",
    whitelist: "A whitelist",
    parent: "Its parent's territory",
    default: "The default of the rule set",
    unassigned: "Nothing: no rule holds",
  };
  return told[by] ?? words(by);
}

export function Service({ detail }: { detail: ClientDetail }) {
  const { assignment } = detail;
  if (assignment === null) {
    return <EmptyState title="Not assigned yet">It was just seen; a territory follows within seconds.</EmptyState>;
  }
  const { territory, region, advisor } = assignment;
  return (
    <>
      <dl className="grid grid-cols-[8rem_minmax(0,1fr)] gap-y-1.5 rounded-lg border bg-card px-3 py-2.5 text-table">
        <Fact name="Territory">
          {territory === null ? (
            "None"
          ) : (
            <Link className="font-medium text-primary hover:underline" to={territoryHref(territory.id)}>
              {territory.name}
            </Link>
          )}
          {region !== null && <span className="text-muted-foreground"> in {region.name}</span>}
        </Fact>
        <Fact name="Advisor">
          {advisor === null ? (
            NONE
          ) : (
            <Link className="text-primary hover:underline" to={advisorHref(advisor.id)}>
              {advisor.name}
            </Link>
          )}
        </Fact>
        <Fact name="Tier">
          <TierMark tier={assignment.tier} />
        </Fact>
        <Fact name="Segment">{assignment.segment === null ? NONE : words(assignment.segment)}</Fact>
        <Fact name="Decided by">{decidedBy(assignment)}</Fact>
        <Fact name="Since">
          <Age at={assignment.effective_from} />
          {assignment.previous_territory !== null && assignment.previous_territory.id !== territory?.id && (
            <span className="text-muted-foreground">, before that {assignment.previous_territory.name}</span>
          )}
        </Fact>
        {detail.parent !== null && <Fact name="Parent">{detail.parent.name}</Fact>}
      </dl>
      {assignment.conflicts.map(({ kind, subject }) => (
        <p key={`${kind}-${subject}`} className="mt-2 flex items-center gap-1.5 text-attention text-table">
          <TriangleAlertIcon className="size-4 shrink-0" aria-hidden />
          {CONFLICTS[kind]?.(subject) ?? `${words(kind)}: ${subject}`}
        </p>
      ))}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
