import { Link } from "react-router";
import { tierRank, tierShade } from "@/components/tier-mark";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Money } from "@/components/values";
import type { Schemas } from "@/lib/api-client";
import { cn } from "@/lib/cn";
import { count, percent, words } from "@/lib/format";
import { clientsHref } from "@/lib/links";

type Count = Schemas["Count"];
const LAST = 99;

/** Two bars of the same whole: how many clients a tier has, and how much of the money. */
export function Tiers({ tiers }: { tiers: Count[] }) {
  const ordered = tiers.toSorted((a, b) => (tierRank(a.value) ?? LAST) - (tierRank(b.value) ?? LAST));
  const clients = ordered.reduce((sum, tier) => sum + tier.clients, 0) || 1;
  const aum = ordered.reduce((sum, tier) => sum + Number(tier.aum_usd), 0) || 1;
  return (
    <Card>
      <CardHeader>
        <div>
          <CardTitle>Tiers</CardTitle>
          <CardDescription>Share of clients, and of AUM</CardDescription>
        </div>
      </CardHeader>
      <CardContent>
        <Stacked label="Clients" parts={ordered.map((tier) => ({ tier: tier.value, share: tier.clients / clients }))} />
        <Stacked label="AUM" parts={ordered.map((tier) => ({ tier: tier.value, share: Number(tier.aum_usd) / aum }))} />
        <table className="mt-3 w-full text-table">
          <thead className="sr-only">
            <tr>
              <th scope="col">Tier</th>
              <th scope="col">Clients</th>
              <th scope="col">AUM</th>
            </tr>
          </thead>
          <tbody>
            {ordered.map((tier) => (
              <tr key={tier.value} className="h-8">
                <td>
                  <Link
                    to={clientsHref({ tier: tier.value })}
                    className="inline-flex items-center gap-2 hover:underline"
                  >
                    <span aria-hidden className={cn("size-2.5 rounded-[3px]", tierShade(tier.value))} />
                    {words(tier.label)}
                  </Link>
                </td>
                <td className="text-right">{count(tier.clients)}</td>
                <td className="w-24 text-right">
                  <Money amount={tier.aum_usd} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </CardContent>
    </Card>
  );
}

function Stacked({ label, parts }: { label: string; parts: { tier: string; share: number }[] }) {
  return (
    <div className="mb-2 grid grid-cols-[3.5rem_1fr] items-center gap-2 text-label text-muted-foreground">
      {label}
      <div className="flex h-5 gap-px overflow-hidden rounded-sm">
        {parts.map(({ tier, share }) => (
          <div
            key={tier}
            className={tierShade(tier)}
            style={{ width: `${100 * share}%` }}
            title={`${words(tier)}: ${percent(100 * share)}`}
          />
        ))}
      </div>
    </div>
  );
}
