import { ArrowRightIcon } from "lucide-react";
import { Elsewhere } from "@/components/elsewhere";
import { EmptyState } from "@/components/states";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Money } from "@/components/values";
import type { Schemas } from "@/lib/api-client";
import { cn } from "@/lib/cn";
import { count } from "@/lib/format";

type Flow = Schemas["Flow"];

const SHOWN = 11;

/** What moved between territories in a day; what only came or went is told by the feed. */
export function Flows({ flows }: { flows: Flow[] }) {
  const moved = flows.filter((flow) => flow.origin !== null && flow.target !== null);
  const shown = (moved.length > 0 ? moved : flows).slice(0, SHOWN);
  return (
    <Card>
      <CardHeader>
        <div>
          <CardTitle>What moved</CardTitle>
          <CardDescription>From territory to territory, in 24 hours</CardDescription>
        </div>
      </CardHeader>
      <CardContent>
        {shown.length === 0 ? (
          <EmptyState title="Nothing moved">All clients are where they were a day ago.</EmptyState>
        ) : (
          <table className="w-full text-table">
            <thead>
              <tr className="h-8 text-label text-muted-foreground">
                <th scope="col" className="text-left font-medium">
                  From, to
                </th>
                <th scope="col" className="text-right font-medium">
                  Clients
                </th>
                <th scope="col" className="w-20 text-right font-medium">
                  AUM
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((flow) => (
                <tr key={`${flow.origin?.id}>${flow.target?.id}`} className="h-8">
                  <td className="max-w-0">
                    <span className="flex items-center gap-1.5">
                      <End end="origin" flow={flow} />
                      <ArrowRightIcon className="size-3.5 shrink-0 text-muted-foreground" aria-label="to" />
                      <End end="target" flow={flow} />
                    </span>
                  </td>
                  <td className="w-16 text-right">{count(flow.clients)}</td>
                  <td className="text-right">
                    <Money amount={flow.aum_usd} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </CardContent>
    </Card>
  );
}

function End({ end, flow }: { end: "origin" | "target"; flow: Flow }) {
  const territory = flow[end];
  if (territory === null) return <Elsewhere end={end} />;
  return <span className={cn("truncate", end === "origin" && "text-muted-foreground")}>{territory.name}</span>;
}
