import { cn } from "@/lib/cn";
import { NONE } from "@/lib/format";

const SHADES = ["bg-tier-1", "bg-tier-2", "bg-tier-3", "bg-tier-4"];

/** Tiers are ordered, so they are one hue in four steps: the lower the number, the more ink. */
export function tierShade(tier: string): string {
  const step = Number(/\d+/.exec(tier)?.[0] ?? 4);
  return SHADES[Math.min(Math.max(step, 1), 4) - 1] ?? "bg-tier-4";
}

export function TierMark({ tier }: { tier: string | null }) {
  if (tier === null) return <span className="text-faint">{NONE}</span>;
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <span aria-hidden className={cn("size-2.5 rounded-[3px]", tierShade(tier))} />
      {tier}
    </span>
  );
}
