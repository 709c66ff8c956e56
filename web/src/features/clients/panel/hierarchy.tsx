import { asyncDataLoaderFeature, hotkeysCoreFeature, selectionFeature } from "@headless-tree/core";
import { useTree } from "@headless-tree/react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDownIcon } from "lucide-react";
import { EmptyState, ErrorState } from "@/components/states";
import { TierMark } from "@/components/tier-mark";
import { Skeleton } from "@/components/ui/skeleton";
import { Money } from "@/components/values";
import type { Schemas } from "@/lib/api-client";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/format";
import type { ClientRow } from "../rows";
import { usePanelAddress } from "./address";
import { type ClientDetail, familyQuery } from "./queries";

type Family = Schemas["Family"];

interface Node {
  name: string;
  children: number;
  /** Null of the clients above, of which only the name is known. */
  row: ClientRow | null;
}

const ROOT = "root";

/** Where the client stands among parents and children. */
export function Hierarchy({ detail }: { detail: ClientDetail }) {
  const asked = useQuery(familyQuery(detail.client.id));
  if (asked.isPending) return <Skeleton className="h-64" />;
  if (asked.isError) return <ErrorState error={asked.error} retry={() => void asked.refetch()} />;
  const { ancestors, children } = asked.data;
  if (ancestors.length === 0 && children.length === 0) {
    return (
      <EmptyState title="It stands alone">
        No record of it names a parent in your regions, and no client names it as its own.
      </EmptyState>
    );
  }
  const shape = `${ancestors.map((one) => one.id).join()}|${children.length}`;
  return <Tree key={shape} detail={detail} family={asked.data} />;
}

function Tree({ detail, family }: { detail: ClientDetail; family: Family }) {
  const { open } = usePanelAddress();
  const queries = useQueryClient();
  const own = detail.client.id;
  const path = [...family.ancestors.map((one) => one.id), own];
  const nodes = new Map<string, Node>([
    [ROOT, { name: "", children: 1, row: null }],
    ...family.ancestors.map((one): [string, Node] => [one.id, { name: one.name, children: 1, row: null }]),
    [own, { name: detail.client.name, children: detail.children, row: detail.client }],
  ]);

  /** All pages of those right below; the way to the client is among them, whatever the api gave. */
  const below = async (id: string): Promise<{ id: string; data: Node }[]> => {
    if (id === ROOT) return told([path[0] ?? own]);
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Family = await queries.fetchQuery(familyQuery(id, cursor));
      for (const child of page.children) {
        nodes.set(child.client.id, { name: child.client.name, children: child.children, row: child.client });
        ids.push(child.client.id);
      }
      cursor = page.next;
    } while (cursor !== null);
    const next = path[path.indexOf(id) + 1];
    return told(path.includes(id) && next !== undefined && !ids.includes(next) ? [next, ...ids] : ids);
  };
  const told = (ids: string[]) =>
    ids.map((id) => ({ id, data: nodes.get(id) ?? { name: id, children: 0, row: null } }));

  const tree = useTree<Node>({
    rootItemId: ROOT,
    getItemName: (item) => item.getItemData()?.name ?? "",
    isItemFolder: (item) => (item.getItemData()?.children ?? 0) > 0,
    createLoadingItemData: () => ({ name: "Loading", children: 0, row: null }),
    dataLoader: { getItem: (id) => nodes.get(id) ?? { name: id, children: 0, row: null }, getChildrenWithData: below },
    initialState: { expandedItems: path, focusedItem: own },
    onPrimaryAction: (item) => {
      if (item.getId() !== own) open(item.getId());
    },
    features: [asyncDataLoaderFeature, selectionFeature, hotkeysCoreFeature],
  });

  return (
    <div {...tree.getContainerProps("Hierarchy of clients")} className="rounded-lg border bg-card py-1 text-table">
      {tree.getItems().map((item) => {
        const node = item.getItemData();
        const { level } = item.getItemMeta();
        return (
          <button
            {...item.getProps()}
            onClick={(event) => {
              const fold = event.target instanceof Element && event.target.closest("[data-fold]") !== null;
              if (!fold) return item.primaryAction();
              if (item.isExpanded()) item.collapse();
              else item.expand();
            }}
            key={item.getId()}
            aria-label={undefined}
            type="button"
            aria-current={item.getId() === own ? "true" : undefined}
            style={{ paddingLeft: `${12 + level * 20}px` }}
            className={cn(
              "flex h-(--row) w-full items-center gap-1.5 pr-3 text-left hover:bg-muted/60",
              item.getId() === own && "bg-accent font-medium",
            )}
          >
            <ChevronDownIcon
              aria-hidden
              data-fold
              className={cn(
                "size-4 shrink-0 text-muted-foreground",
                !item.isFolder() && "invisible",
                !item.isExpanded() && "-rotate-90",
              )}
            />
            <span className="min-w-0 flex-1 truncate">{item.getItemName()}</span>
            {node?.row != null && (
              <span className="flex shrink-0 items-center gap-3 font-normal text-muted-foreground">
                {node.children > 0 && <span className="text-label">{plural(node.children, "child", "children")}</span>}
                <TierMark tier={node.row.tier} />
                <span className="num w-14 text-right">
                  <Money amount={node.row.aum_usd} />
                </span>
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}
