import { cn } from "@/lib/cn";
import { NONE, words } from "@/lib/format";

const SHADES = ["bg-tier-1", "bg-tier-2", "bg-tier-3", "bg-tier-4"];
const NAMED: Record<string, number> = { platinum: 1, gold: 2, silver: 3, bronze: 4 };

/** 1 is the highest. Of a tier that goes by another name, its digits; else it has no rank, and no shade that claims one. */
export function tierRank(tier: string): number | null {
  const digits = /\d+/.exec(tier)?.[0];
  return NAMED[tier.toLowerCase()] ?? (digits === undefined ? null : Number(digits));
}

/** Tiers are ordered, so they are one hue in four steps: the higher the tier, the more ink. */
export function tierShade(tier: string): string {
  const rank = tierRank(tier);
  return rank === null ? "bg-muted-foreground/40" : (SHADES[Math.min(Math.max(rank, 1), 4) - 1] ?? "bg-tier-4");
}

export function TierMark({ tier }: { tier: string | null }) {
  if (tier === null) return <span className="text-faint">{NONE}</span>;
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <span aria-hidden className={cn("size-2.5 rounded-[3px]", tierShade(tier))} />
      {words(tier)}
    </span>
  );
}
