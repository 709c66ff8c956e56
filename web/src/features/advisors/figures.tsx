import type { ReactNode } from "react";
import { count, load, percent } from "@/lib/format";
import { type AdvisorRow, balanceWords, standing } from "./order";

/** Of the advisors that the filters leave: how many, how full, how even. */
export function Figures({ rows }: { rows: readonly AdvisorRow[] }) {
  const { advisors, over, mean, balance } = standing(rows);
  const room = rows.reduce((sum, row) => sum + (row.active ? Math.max(0, row.capacity - row.clients) : 0), 0);
  const away = rows.length - advisors;
  return (
    <dl className="mb-4 grid grid-cols-2 gap-px overflow-hidden rounded-lg border bg-border lg:grid-cols-4">
      <Figure name="Advisors" value={count(advisors)}>
        {away === 0 ? "all active" : `active, and ${count(away)} not`}
      </Figure>
      <Figure name="Over capacity" value={count(over)} bad={over > 0}>
        {over === 0
          ? "nobody has more than a full book"
          : `${percent((over / advisors) * 100)} have more than a full book`}
      </Figure>
      <Figure name="Mean load" value={load(mean)}>
        room for {count(room)} more clients
      </Figure>
      <Figure name="Balance" value={percent(balance * 100)}>
        <span title="Jain's fairness index of the loads: 100 % where all carry the same">{balanceWords(balance)}</span>
      </Figure>
    </dl>
  );
}

function Figure({
  name,
  value,
  bad = false,
  children,
}: {
  name: string;
  value: string;
  bad?: boolean;
  children: ReactNode;
}) {
  return (
    <div className="bg-card px-4 py-3">
      <dt className="text-label text-muted-foreground">{name}</dt>
      <dd>
        <span className={`num block font-semibold text-title ${bad ? "text-destructive" : ""}`}>{value}</span>
        <span className="block text-label text-muted-foreground">{children}</span>
      </dd>
    </div>
  );
}
