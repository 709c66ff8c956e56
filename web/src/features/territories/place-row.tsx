import type { ItemInstance } from "@headless-tree/core";
import { ChevronRightIcon } from "lucide-react";
import type { CSSProperties, KeyboardEvent, ReactNode } from "react";
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

/** A row; on a phone two lines: the name and its load, then the figures with their units. Who serves it is in the detail. */
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
        "max-sm:flex max-sm:h-auto max-sm:flex-wrap max-sm:gap-x-2.5 max-sm:border-b max-sm:bg-(--cell) max-sm:px-3 max-sm:py-1.5 max-sm:[&>td]:h-auto max-sm:[&>td]:border-b-0 max-sm:[&>td]:p-0",
        kind === "region" && "font-medium",
      )}
      style={{ "--level": item.getItemMeta().level } as CSSProperties}
    >
      <TableCell
        role="gridcell"
        className="max-sm:-order-2 left-0 z-10 max-sm:w-[calc(100%-9.625rem)] sm:sticky sm:max-w-64 sm:pl-4"
      >
        <span className="flex items-center gap-1.5 pl-[calc(var(--level)*8px)] sm:pl-[calc(var(--level)*16px)]">
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
      <Figure value={row.clients} after=" clients" className="max-sm:pl-[calc(var(--level)*8px+1.375rem)]!">
        {count(row.clients)}
      </Figure>
      <Figure value={row.aum_usd}>
        <Money amount={row.aum_usd} />
      </Figure>
      <Figure value={row.advisors} className="max-sm:hidden">
        {count(row.advisors)}
      </Figure>
      <TableCell role="gridcell" className="max-sm:-order-1 pl-3 font-normal max-sm:w-36">
        <Changing value={row.load} className="block">
          <LoadBar load={row.load} />
        </Changing>
      </TableCell>
      <Figure value={row.moves_in} before="+" className="max-sm:ml-auto">
        {count(row.moves_in)}
      </Figure>
      <Figure value={row.moves_out} before="−">
        {count(row.moves_out)}
      </Figure>
    </tr>
  );
}

interface FigureProps {
  value: string | number;
  /** Where there is no head to say what it is. */
  before?: string;
  after?: string;
  className?: string;
  children: ReactNode;
}

function Figure({ value, before, after, className, children }: FigureProps) {
  return (
    <TableCell
      role="gridcell"
      className={cn("text-right font-normal last:pr-4 max-sm:text-label max-sm:text-muted-foreground", className)}
    >
      <Changing value={value} className="-mx-1 px-1">
        <span className="sm:hidden">{before}</span>
        {children}
        <span className="sm:hidden">{after}</span>
      </Changing>
    </TableCell>
  );
}
