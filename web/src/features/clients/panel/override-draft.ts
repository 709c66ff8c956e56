/** The override as it is being written, and what the api found wrong with it. */

import { ApiProblem, type Schemas } from "@/lib/api-client";
import type { OverrideIn } from "./override-commands";

/** Empty texts say nothing. `expires` is local time, as a date-time field has it. */
export interface Draft {
  territory: string;
  advisor: string;
  tier: string;
  reason: string;
  expires: string;
}

const DAY_MS = 86_400_000;
const two = (part: number): string => String(part).padStart(2, "0");

export function localTime(at: Date): string {
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export const inDays = (days: number, now = Date.now()): string => localTime(new Date(now + days * DAY_MS));

export function draftOf(override: Schemas["OverrideView"] | null): Draft {
  return {
    territory: override?.territory?.id ?? "",
    advisor: override?.advisor?.id ?? "",
    tier: override?.tier ?? "",
    reason: "",
    expires: override?.expires_at == null ? "" : localTime(new Date(override.expires_at)),
  };
}

export function wishOf(draft: Draft): OverrideIn {
  return {
    territory: draft.territory || null,
    advisor: draft.advisor || null,
    tier: draft.tier || null,
    reason: draft.reason.trim(),
    expires_at: draft.expires === "" ? null : new Date(draft.expires).toISOString(),
  };
}

type Field = "territory" | "advisor" | "tier" | "reason" | "expires_at";
const FIELDS: readonly Field[] = ["territory", "advisor", "tier", "reason", "expires_at"];
export type Faults = Record<Field | "rest", string | null>;

/** Each fault beside the field that it is about; what is about none of them is said once. */
export function faultsOf(error: Error | null): Faults {
  const faults: Faults = { territory: null, advisor: null, tier: null, reason: null, expires_at: null, rest: null };
  if (error === null) return faults;
  const errors = error instanceof ApiProblem ? (error.problem.errors ?? []) : [];
  for (const { pointer, message } of errors) {
    const name = FIELDS.find((field) => pointer === `/body/${field}`);
    faults[name ?? "rest"] ??= message;
  }
  if (errors.length === 0) faults.rest = error.message;
  return faults;
}
