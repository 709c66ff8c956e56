import type { Schemas } from "@/lib/api-client";
import { compact, count, money, percent } from "@/lib/format";

type Figure = Schemas["Figure"];
export type FigureKey = Figure["key"];

export const FIGURES: Record<FigureKey, { name: string; written: (value: number) => string }> = {
  clients: { name: "Clients", written: count },
  aum_usd: { name: "AUM, US dollars", written: (value) => money(value) },
  assigned_percent: { name: "Assigned", written: percent },
  moves_24h: { name: "Moves in 24 hours", written: count },
  advisors_over_capacity: { name: "Over capacity", written: count },
  balance_percent: { name: "Balance of loads", written: percent },
};

/** What a day did to a figure, in words: the sparkline shows the way, these say where it led. */
export function changeInWords({ key, value, points }: Figure): string {
  const first = points[0]?.value ?? value;
  const change = value - first;
  switch (key) {
    case "moves_24h": {
      const hour = points.at(-1)?.value ?? 0;
      return hour === 0 ? "None in this hour" : `${compact(hour)} in this hour`;
    }
    case "balance_percent":
      return "100 % is even";
    case "advisors_over_capacity":
      return change === 0 ? "As a day ago" : `${signed(change, count)} in a day`;
    case "assigned_percent":
      return value >= 100 ? "No client unassigned" : `${percent(100 - value)} unassigned`;
    case "aum_usd":
      return change === 0 ? "As a day ago" : `${signed(change, (n) => money(n))} in a day`;
    case "clients":
      return change === 0 ? "As a day ago" : `${signed(change, count)} in a day`;
  }
}

function signed(change: number, written: (value: number) => string): string {
  return `${change > 0 ? "+" : "−"}${written(Math.abs(change))}`;
}
