import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogTitle } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { NONE, words } from "@/lib/format";
import type { Draft } from "./override-draft";
import { advisorsQuery, type ClientDetail, detailQuery, territoriesQuery } from "./queries";

interface ConflictProps {
  seen: ClientDetail;
  draft: Draft;
  pending: boolean;
  onTheirs: () => void;
  onMine: (now: ClientDetail) => void;
}

/** The client changed while somebody wrote an override for it: what it was, what it is, what would be said. */
export function Conflict({ seen, draft, pending, onTheirs, onMine }: ConflictProps) {
  const asked = useQuery({ ...detailQuery(seen.client.id), staleTime: 0 });
  const territories = useQuery(territoriesQuery).data?.territories ?? [];
  const advisors = useQuery(advisorsQuery).data?.items ?? [];
  const now = asked.data;
  const fresh = now !== undefined && now.client.version !== seen.client.version ? now : undefined;
  const left = "as the rules decide";
  return (
    <Dialog open onOpenChange={(open) => !open && onTheirs()}>
      <DialogContent className="max-w-xl">
        <DialogTitle>It has changed meanwhile</DialogTitle>
        <DialogDescription>
          {seen.client.name} is not as you saw it. Keep what stands now, or say your word over it.
        </DialogDescription>
        {fresh === undefined ? (
          <Skeleton className="mt-4 h-32" />
        ) : (
          <table className="mt-4 w-full text-table">
            <thead>
              <tr className="text-left text-label text-muted-foreground">
                <th scope="col" className="py-1 font-medium">
                  Field
                </th>
                <th scope="col" className="py-1 font-medium">
                  Theirs
                </th>
                <th scope="col" className="py-1 font-medium">
                  Mine
                </th>
              </tr>
            </thead>
            <tbody>
              <Line
                name="Territory"
                theirs={fresh.client.territory?.name ?? NONE}
                mine={territories.find((one) => one.id === draft.territory)?.name ?? left}
              />
              <Line
                name="Advisor"
                theirs={fresh.client.advisor?.name ?? NONE}
                mine={advisors.find((one) => one.id === draft.advisor)?.name ?? left}
              />
              <Line
                name="Tier"
                theirs={fresh.client.tier === null ? NONE : words(fresh.client.tier)}
                mine={draft.tier === "" ? left : words(draft.tier)}
              />
              <Line
                name="Said by"
                theirs={fresh.override === null ? words(fresh.client.decided_by ?? NONE) : fresh.override.author}
                mine="you"
              />
            </tbody>
          </table>
        )}
        <DialogFooter>
          <Button variant="outline" onClick={onTheirs}>
            Keep theirs
          </Button>
          <Button disabled={fresh === undefined || pending} onClick={() => fresh !== undefined && onMine(fresh)}>
            Apply mine
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}

function Line({ name, theirs, mine }: { name: string; theirs: ReactNode; mine: ReactNode }) {
  return (
    <tr className="border-t">
      <th scope="row" className="py-1.5 text-left font-normal text-muted-foreground">
        {name}
      </th>
      <td className="py-1.5 pr-3">{theirs}</td>
      <td className="py-1.5">{mine}</td>
    </tr>
  );
}
