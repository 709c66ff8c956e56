/** Values as the eye takes them in, with the exact one on hover. */

import { age, exactMoney, money, NONE, utc } from "@/lib/format";
import { useNow } from "@/lib/use-now";

export function Money({ amount, currency = "USD" }: { amount: string | null | undefined; currency?: string }) {
  if (amount === null || amount === undefined) return <span className="text-faint">{NONE}</span>;
  return <span title={exactMoney(amount, currency)}>{money(amount, currency)}</span>;
}

export function Age({ at, className }: { at: string; className?: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={utc(at)} className={className}>
      {age(at, Math.max(now, Date.parse(at)))}
    </time>
  );
}
