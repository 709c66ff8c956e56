import { CircleCheckIcon, CircleMinusIcon, TriangleAlertIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Changing } from "@/components/changing";
import { Highlighted } from "@/components/highlighted";
import { LoadBar } from "@/components/load-bar";
import { SortHead } from "@/components/sort-head";
import { TerritoryLink } from "@/components/territory-mark";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { Money } from "@/components/values";
import { cn } from "@/lib/cn";
import { count, plural } from "@/lib/format";
import type { AdvisorRow, Sort } from "./order";

interface Props {
  rows: readonly AdvisorRow[];
  words: string;
  selected: string | null;
  hrefOf: (id: string) => string;
  sort: Sort;
  onSort: (sort: Sort) => void;
}

export function AdvisorTable({ rows, words, selected, hrefOf, sort, onSort }: Props) {
  const head = { sort, onSort: (next: string) => onSort(next as Sort) };
  return (
    <Table aria-label="Advisors" className="max-sm:block">
      <TableHeader className="max-sm:sr-only [&_th]:sticky [&_th]:top-0 [&_th]:z-10 [&_th]:bg-card">
        <TableRow className="hover:bg-transparent">
          <SortHead column="name" {...head} className="pl-4">
            Advisor
          </SortHead>
          <TableHead>Territories</TableHead>
          <SortHead column="load" {...head} numeric className="min-w-40">
            Load
          </SortHead>
          <SortHead column="clients" {...head} numeric>
            Clients of capacity
          </SortHead>
          <SortHead column="aum" {...head} numeric>
            AUM, USD
          </SortHead>
          <SortHead column="in" {...head} numeric>
            In 24 h
          </SortHead>
          <SortHead column="out" {...head} numeric>
            Out 24 h
          </SortHead>
          <TableHead className="pr-4">State</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody className="max-sm:block">
        {rows.map((row) => (
          <Row key={row.id} row={row} words={words} selected={row.id === selected} href={hrefOf(row.id)} />
        ))}
      </TableBody>
    </Table>
  );
}

/** A row; on a phone a card with the same facts in the same order. */
function Row({ row, words, selected, href }: { row: AdvisorRow; words: string; selected: boolean; href: string }) {
  return (
    <TableRow
      data-state={selected ? "selected" : undefined}
      className="relative max-sm:grid max-sm:h-auto max-sm:grid-cols-2 max-sm:gap-x-3 max-sm:gap-y-1 max-sm:px-4 max-sm:py-3 max-sm:[&>td]:p-0"
    >
      <TableCell className="whitespace-nowrap pl-4 font-medium">
        <Link to={href} className="after:absolute after:inset-0 hover:underline">
          <Highlighted text={row.name} words={words} />
        </Link>
      </TableCell>
      <TableCell className="max-w-56 max-sm:text-right">
        <Serves row={row} />
      </TableCell>
      <TableCell className="max-sm:col-span-2">
        <Changing value={row.load} className="block">
          <LoadBar load={row.load} />
        </Changing>
      </TableCell>
      <Figure value={row.clients} className="max-sm:text-left">
        {count(row.clients)}{" "}
        <span className="text-muted-foreground">
          of {count(row.capacity)}
          <span className="sm:hidden"> clients</span>
        </span>
      </Figure>
      <Figure value={row.aum_usd}>
        <Money amount={row.aum_usd} />
      </Figure>
      <Figure value={row.moves_in} unit="in 24 h" className="max-sm:text-left">
        {count(row.moves_in)}
      </Figure>
      <Figure value={row.moves_out} unit="out 24 h">
        {count(row.moves_out)}
      </Figure>
      <TableCell className="whitespace-nowrap pr-4">
        <State row={row} />
      </TableCell>
    </TableRow>
  );
}

function Serves({ row }: { row: AdvisorRow }) {
  const [first, ...rest] = row.territories;
  if (first === undefined) return <span className="text-muted-foreground">None</span>;
  return (
    <span
      className="relative z-[1] inline-flex max-w-full items-center gap-1.5"
      title={row.territories.map((it) => it.name).join(", ")}
    >
      <TerritoryLink territory={first} />
      {rest.length > 0 && (
        <span className="shrink-0 text-muted-foreground">and {plural(rest.length, "more", "more")}</span>
      )}
    </span>
  );
}

interface FigureProps {
  value: string | number;
  /** Said on a card, where no head says it. */
  unit?: string;
  className?: string;
  children: ReactNode;
}

function Figure({ value, unit, className, children }: FigureProps) {
  return (
    <TableCell className={cn("whitespace-nowrap text-right", className)}>
      <Changing value={value} className="-mx-1 px-1">
        {children}
        {unit && <span className="text-muted-foreground sm:hidden"> {unit}</span>}
      </Changing>
    </TableCell>
  );
}

export function State({ row }: { row: AdvisorRow }) {
  const [icon, word, tone] = !row.active
    ? [<CircleMinusIcon key="i" aria-hidden />, "Not active", "text-muted-foreground"]
    : row.over_capacity
      ? [<TriangleAlertIcon key="i" aria-hidden />, "Over capacity", "text-destructive"]
      : [<CircleCheckIcon key="i" aria-hidden />, "Has room", "text-muted-foreground"];
  return (
    <span className={cn("inline-flex items-center gap-1.5 align-middle text-label [&_svg]:size-3.5", tone)}>
      {icon}
      {word}
    </span>
  );
}
