import type { ItemInstance } from "@headless-tree/core";
import { ChevronRightIcon } from "lucide-react";
import type { KeyboardEvent } from "react";
import { Changing } from "@/components/changing";
import { Highlighted } from "@/components/highlighted";
import { LoadBar } from "@/components/load-bar";
import { RegionMark, TerritoryMark } from "@/components/territory-mark";
import { TableCell } from "@/components/ui/table";
import { Money } from "@/components/values";
import { cn } from "@/lib/cn";
import { count } from "@/lib/format";
import type { Place } from "./outline";

interface Props {
  item: ItemInstance<Place | "gone">;
  place: Place;
  words: string;
  selected: boolean;
}

export function PlaceRow({ item, place, words, selected }: Props) {
  const { row, kind } = place;
  const { "aria-label": _name, role: _role, ...props } = item.getProps(); // a row of a table, named by its cells
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    props.onClick(event);
  };
  return (
    <tr
      {...props}
      aria-selected={kind === "territory" ? selected : undefined}
      onKeyDown={onKeyDown}
      data-state={selected ? "selected" : undefined}
      className={cn(
        "group h-(--row) cursor-pointer scroll-mt-10 [--cell:var(--panel)] hover:[--cell:var(--wash)] focus-visible:-outline-offset-2 data-[state=selected]:[--cell:var(--survey-wash)] [&>td]:border-b [&>td]:bg-(--cell) last:[&>td]:border-b-0",
        kind === "region" && "font-medium",
      )}
    >
      <TableCell
        role="gridcell"
        className="sticky left-0 z-10 max-w-44 pl-3 [--step:8px] sm:max-w-64 sm:pl-4 sm:[--step:16px]"
      >
        <span
          className="flex items-center gap-1.5"
          style={{ paddingLeft: `calc(${item.getItemMeta().level} * var(--step))` }}
        >
          <ChevronRightIcon
            aria-hidden
            className={cn(
              "size-4 shrink-0 text-muted-foreground transition-transform duration-150",
              !item.isFolder() && "invisible",
              item.isExpanded() && "rotate-90",
            )}
          />
          {kind === "region" ? <RegionMark id={row.id} /> : <TerritoryMark id={row.id} />}
          <span className="truncate" title={row.name}>
            <Highlighted text={row.name} words={words} />
          </span>
        </span>
      </TableCell>
      <Figure value={row.clients}>{count(row.clients)}</Figure>
      <Figure value={row.aum_usd}>
        <Money amount={row.aum_usd} />
      </Figure>
      <Figure value={row.advisors}>{count(row.advisors)}</Figure>
      <TableCell role="gridcell" className="pl-3 font-normal">
        <Changing value={row.load} className="block">
          <LoadBar load={row.load} />
        </Changing>
      </TableCell>
      <Figure value={row.moves_in}>{count(row.moves_in)}</Figure>
      <Figure value={row.moves_out}>{count(row.moves_out)}</Figure>
    </tr>
  );
}

function Figure({ value, children }: { value: string | number; children: React.ReactNode }) {
  return (
    <TableCell role="gridcell" className="text-right font-normal last:pr-4">
      <Changing value={value} className="-mx-1 px-1">
        {children}
      </Changing>
    </TableCell>
  );
}
