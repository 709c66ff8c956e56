import { Link } from "react-router";
import { Money } from "@/components/values";
import type { Schemas } from "@/lib/api-client";
import { cn } from "@/lib/cn";
import { count } from "@/lib/format";

type Count = Schemas["Count"];

/** What some clients are made of: a quiet bar for each value, its name and figures beside it instead of a legend. */
export function CountBars({
  title,
  counts,
  shown = 6,
  label = (value) => value.label,
  shade = () => "bg-primary/70",
  href,
}: {
  title: string;
  counts: readonly Count[];
  shown?: number;
  label?: (value: Count) => string;
  shade?: (value: Count) => string;
  href: (value: Count) => string;
}) {
  const most = Math.max(...counts.map((value) => value.clients), 1);
  const rest = counts.slice(shown);
  return (
    <section aria-label={title}>
      <h3 className="mb-1 flex justify-between text-label text-muted-foreground">
        <span className="font-medium">{title}</span>
        <span>clients · AUM</span>
      </h3>
      <ul>
        {counts.slice(0, shown).map((value) => (
          <li key={value.value}>
            <Link
              to={href(value)}
              className="num -mx-1 grid h-6 grid-cols-[minmax(0,7.5rem)_1fr_3rem_4rem] items-center gap-2 rounded-sm px-1 text-label hover:bg-muted"
            >
              <span className="truncate">{label(value)}</span>
              <span aria-hidden className="h-1.5">
                <span
                  className={cn("block h-full min-w-px rounded-r-sm", shade(value))}
                  style={{ width: `${(value.clients / most) * 100}%` }}
                />
              </span>
              <span className="text-right">{count(value.clients)}</span>
              <span className="text-right text-muted-foreground">
                <Money amount={value.aum_usd} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {counts.length === 0 && <p className="text-label text-muted-foreground">No clients here.</p>}
      {rest.length > 0 && (
        <p className="num text-label text-muted-foreground">
          and {rest.length} more with {count(rest.reduce((sum, value) => sum + value.clients, 0))} clients
        </p>
      )}
    </section>
  );
}
