import { ArrowDownLeftIcon, ArrowUpRightIcon } from "lucide-react";
import { Elsewhere } from "@/components/elsewhere";
import { TerritoryLink } from "@/components/territory-mark";
import { Money } from "@/components/values";
import type { Schemas } from "@/lib/api-client";
import { count } from "@/lib/format";

type Flow = Schemas["Flow"];

const SHOWN = 8;

/** What crossed the border of a territory in 24 hours: where from, where to, how many and how much. */
export function Flows({ id, flows }: { id: string; flows: readonly Flow[] }) {
  const shown = flows.slice(0, SHOWN);
  const rest = flows.slice(SHOWN).reduce((sum, flow) => sum + flow.clients, 0);
  return (
    <section aria-label="Moved in 24 hours">
      <h3 className="mb-1 flex justify-between text-label text-muted-foreground">
        <span className="font-medium">Moved in 24 hours</span>
        <span>clients · AUM</span>
      </h3>
      <ul>
        {shown.map((flow) => (
          <Crossing key={`${flow.origin?.id}>${flow.target?.id}`} flow={flow} inward={flow.target?.id === id} />
        ))}
      </ul>
      {flows.length === 0 && (
        <p className="text-label text-muted-foreground">Nothing came or went in the last 24 hours.</p>
      )}
      {rest > 0 && <p className="num text-label text-muted-foreground">and {count(rest)} more clients on other ways</p>}
    </section>
  );
}

function Crossing({ flow, inward }: { flow: Flow; inward: boolean }) {
  const other = inward ? flow.origin : flow.target;
  return (
    <li className="num grid h-6 grid-cols-[2.75rem_minmax(0,1fr)_3rem_4rem] items-center gap-2 text-label">
      <span className="inline-flex items-center gap-1 text-muted-foreground [&_svg]:size-3.5">
        {inward ? <ArrowDownLeftIcon aria-hidden /> : <ArrowUpRightIcon aria-hidden />}
        {inward ? "from" : "to"}
      </span>
      {other === null ? (
        <span className="truncate">
          <Elsewhere end={inward ? "origin" : "target"} />
        </span>
      ) : (
        <TerritoryLink territory={other} />
      )}
      <span className="text-right">{count(flow.clients)}</span>
      <span className="text-right text-muted-foreground">
        <Money amount={flow.aum_usd} />
      </span>
    </li>
  );
}
