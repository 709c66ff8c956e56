import { CornerDownRightIcon } from "lucide-react";
import { Elsewhere } from "@/components/elsewhere";
import { EmptyState } from "@/components/states";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Money } from "@/components/values";
import type { Schemas } from "@/lib/api-client";
import { count } from "@/lib/format";

type Flow = Schemas["Flow"];

const SHOWN = 9; // as high as what stands beside it

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
            <tbody className="divide-y border-t">
              {shown.map((flow) => (
                <tr key={`${flow.origin?.id}>${flow.target?.id}`} className="h-11">
                  <td className="py-1">
                    <Way flow={flow} />
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

/** Each end has a line of its own, and more where its name is longer: cut, no name tells two territories apart. */
function Way({ flow: { origin, target } }: { flow: Flow }) {
  return (
    <>
      <span className="block text-label text-muted-foreground leading-4">
        {origin?.name ?? <Elsewhere end="origin" />}
      </span>
      <span className="flex gap-1 leading-4">
        <CornerDownRightIcon className="size-3.5 shrink-0 text-muted-foreground" aria-label="to" />
        <span>{target?.name ?? <Elsewhere end="target" />}</span>
      </span>
    </>
  );
}
