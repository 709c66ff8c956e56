import type { Schemas } from "@/lib/api-client";

const DECIDED: Record<string, string> = {
  override: "by override",
  whitelist: "named account",
  rule: "by rule",
  parent: "with its parent",
  default: "by default",
  unassigned: "no rule holds",
};

/** Why a client is where it is, in three words at most. */
export function reasonOf({ kind, decided_by, origin, target }: Schemas["MoveView"]): string {
  const why = decided_by === null ? "" : (DECIDED[decided_by] ?? decided_by);
  if (kind !== "changed" || origin === null || target === null) return why;
  const what: string[] = [];
  if (origin.advisor?.id !== target.advisor?.id) what.push("advisor");
  if (origin.tier !== target.tier) what.push("tier");
  return what.length > 0 ? `${what.join(" and ")} changed, ${why}` : why;
}
