/** A territory or region at a glance: a dot in its area's hue. It stands beside the name, never instead of it. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { Schemas } from "@/lib/api-client";
import { cn } from "@/lib/cn";
import { territoryHref } from "@/lib/links";
import { huesOf, territoriesQuery } from "@/lib/places";

/** All hues have one lightness and one chroma, so that no area weighs more than another. Of no area: ink. */
export const inkOf = (hue: number | undefined): string =>
  hue === undefined ? "var(--ink-faint)" : `oklch(var(--area-lightness) 0.12 ${hue})`;

export function useHues() {
  return useQuery({ ...territoriesQuery, select: huesOf }).data;
}

function Dot({ hue, className }: { hue: number | undefined; className?: string | undefined }) {
  return (
    <span
      aria-hidden
      className={cn("inline-block size-2 shrink-0 rounded-full", className)}
      style={{ background: inkOf(hue) }}
    />
  );
}

export function TerritoryMark({ id, className }: { id: string; className?: string }) {
  return <Dot hue={useHues()?.territories.get(id)} className={className} />;
}

export function RegionMark({ id, className }: { id: string; className?: string }) {
  return <Dot hue={useHues()?.regions.get(id)} className={cn("rounded-[2px]", className)} />;
}

export function TerritoryLink({ territory, className }: { territory: Schemas["Ref"]; className?: string }) {
  return (
    <Link
      to={territoryHref(territory.id)}
      className={cn("inline-flex min-w-0 items-center gap-1.5 hover:underline", className)}
    >
      <TerritoryMark id={territory.id} />
      <span className="truncate">{territory.name}</span>
    </Link>
  );
}
