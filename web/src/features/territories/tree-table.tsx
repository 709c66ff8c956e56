import { hotkeysCoreFeature, type ItemInstance, syncDataLoaderFeature } from "@headless-tree/core";
import { useTree } from "@headless-tree/react";
import { useEffect } from "react";
import { SortHead } from "@/components/sort-head";
import { Table, TableBody, TableHeader } from "@/components/ui/table";
import { type Children, type Column, type Place, ROOT, type Sort, territoryKey } from "./outline";
import { PlaceRow } from "./place-row";

const HEADS: { column: Column; words: string; className?: string }[] = [
  { column: "clients", words: "Clients" },
  { column: "aum", words: "AUM, USD" },
  { column: "advisors", words: "Advisors" },
  { column: "load", words: "Load", className: "min-w-36 pl-3" },
  { column: "in", words: "In 24 h" },
  { column: "out", words: "Out 24 h" },
];
/** The arrows are the tree's: the box must not scroll as well. (A hotkey that is changed must be named again.) */
const HOTKEYS = {
  expandOrDown: { hotkey: "ArrowRight", preventDefault: true },
  collapseOrUp: { hotkey: "ArrowLeft", preventDefault: true },
  focusFirstItem: { hotkey: "Home", preventDefault: true },
  focusLastItem: { hotkey: "End", preventDefault: true },
} as const;

interface Props {
  places: ReadonlyMap<string, Place>;
  children: Children;
  words: string;
  open: string[];
  onOpen: (open: string[]) => void;
  selected: string | null;
  onSelect: (id: string) => void;
  sort: Sort;
  onSort: (sort: Sort) => void;
}

/** Regions and territories by the keys of a treegrid: arrows walk, right and left open and close, Enter selects. */
export function TreeTable({ places, children, words, open, onOpen, selected, onSelect, sort, onSort }: Props) {
  const act = (item: ItemInstance<Place | "gone">) => {
    const place = item.getItemData();
    if (place !== "gone" && place.kind === "territory") onSelect(place.row.id);
  };
  const tree = useTree<Place | "gone">({
    rootItemId: ROOT,
    dataLoader: {
      getItem: (key) => places.get(key) ?? "gone",
      getChildren: (key) => [...(children.get(key) ?? [])],
    },
    getItemName: (item) => places.get(item.getId())?.row.name ?? "",
    isItemFolder: (item) => children.has(item.getId()),
    onPrimaryAction: act,
    state: { expandedItems: open },
    setExpandedItems: (next) => onOpen(typeof next === "function" ? next(open) : next),
    hotkeys: HOTKEYS,
    features: [syncDataLoaderFeature, hotkeysCoreFeature],
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tree reads both through its configuration
  useEffect(() => tree.rebuildTree(), [tree, children, open]);

  const { ref, ...container } = tree.getContainerProps("Regions and territories");
  return (
    <Table {...container} role="treegrid" className="border-separate border-spacing-0 max-sm:block">
      <TableHeader className="max-sm:sr-only [&_th]:sticky [&_th]:top-0 [&_th]:z-20 [&_th]:border-b [&_th]:bg-card">
        <tr>
          <SortHead
            column="name"
            sort={sort}
            onSort={(next) => onSort(next as Sort)}
            className="left-0 z-30! sm:min-w-56 pl-4"
          >
            Region or territory
          </SortHead>
          {HEADS.map(({ column, words: head, className }) => (
            <SortHead
              key={column}
              column={column}
              sort={sort}
              onSort={(next) => onSort(next as Sort)}
              numeric
              className={className ?? "last:pr-4"}
            >
              {head}
            </SortHead>
          ))}
        </tr>
      </TableHeader>
      <TableBody ref={ref} className="max-sm:block">
        {tree.getItems().map((item) => {
          const place = places.get(item.getId());
          if (place === undefined) return null;
          return (
            <PlaceRow
              key={place.key}
              item={item}
              place={place}
              words={words}
              selected={selected !== null && place.key === territoryKey(selected)}
            />
          );
        })}
      </TableBody>
    </Table>
  );
}
