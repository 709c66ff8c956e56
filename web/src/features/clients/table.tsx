/** The list as a table: real rows for the screen reader, only those in sight in the page, one height for all. */

import { getCoreRowModel, type Header, type Row, useReactTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownIcon, ArrowUpIcon } from "lucide-react";
import { Fragment, useEffect, useRef } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import { useDensity } from "@/lib/appearance";
import { cn } from "@/lib/cn";
import { count, plural } from "@/lib/format";
import { COLUMNS } from "./columns";
import { ClientCard, ClientCells } from "./row";
import { useRowKeys } from "./row-keys";
import type { ClientRow } from "./rows";
import type { Sort } from "./view";

const OVERSCAN = 6;
const CARD_PX = 84;
const CORE = getCoreRowModel<ClientRow>();

export interface TableProps {
  rows: ClientRow[];
  total: number;
  more: boolean;
  loadMore: () => void;
  sort: Sort;
  onSort: (sort: Sort) => void;
  hidden: readonly string[];
  typed: string;
  open: string | null;
  onOpen: (id: string) => void;
  tinted: ReadonlySet<string>;
  gone: ReadonlySet<string>;
  narrow: boolean;
  dimmed: boolean;
}

export function ClientsTable(props: TableProps) {
  const { rows, more, loadMore, narrow, hidden } = props;
  const box = useRef<HTMLDivElement>(null);
  const density = useDensity();
  const height = narrow ? CARD_PX : density === "compact" ? 32 : 40;
  const table = useReactTable({
    data: rows,
    columns: COLUMNS,
    getCoreRowModel: CORE,
    getRowId: (row) => row.id,
    state: { columnVisibility: Object.fromEntries(hidden.map((id) => [id, false])) },
  });
  const model = table.getRowModel().rows;
  const keys = useRowKeys(model.length, (index) => virtual.scrollToIndex(index), box);
  const virtual = useVirtualizer({
    count: model.length + (more ? 1 : 0),
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: OVERSCAN,
    rangeExtractor: keys.withActive,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height is what was measured
  useEffect(() => virtual.measure(), [height, virtual]);

  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? -1;
  useEffect(() => {
    if (more && last >= rows.length - OVERSCAN && !matchMedia("print").matches) loadMore();
  }, [more, last, rows.length, loadMore]);

  const columns = table.getVisibleLeafColumns();
  const span = narrow ? 1 : columns.length;
  const printed = shown.filter((item) => item.index < rows.length).length;
  let above = 0;
  return (
    <div
      ref={box}
      className={cn(
        "prints-whole h-[calc(100dvh-var(--above,17rem))] max-h-[1280px] min-h-80 overflow-auto rounded-lg border bg-card transition-opacity",
        props.dimmed && "opacity-60",
      )}
    >
      <table
        aria-rowcount={props.total + 1}
        aria-label="Clients"
        className="w-full table-fixed border-separate border-spacing-0 text-table"
        style={
          narrow ? undefined : { minWidth: columns.reduce((sum, one) => sum + (one.columnDef.meta?.width ?? 0), 0) }
        }
      >
        {!narrow && (
          <colgroup>
            {columns.map((one) => (
              <col key={one.id} style={one.id === "name" ? undefined : { width: one.columnDef.meta?.width }} />
            ))}
          </colgroup>
        )}
        <thead className={cn(narrow && "sr-only")}>
          <tr aria-rowindex={1}>
            {narrow ? (
              <th scope="col">Client</th>
            ) : (
              table.getFlatHeaders().map((head) => <Head key={head.id} head={head} {...props} />)
            )}
          </tr>
        </thead>
        <tbody onKeyDown={keys.onKeyDown}>
          {shown.map((item) => {
            const gap = item.start - above;
            above = item.end;
            const row = model[item.index];
            return (
              <Fragment key={row?.id ?? "more"}>
                <Gap height={gap} span={span} />
                {row === undefined ? (
                  <Loading span={span} height={height} />
                ) : (
                  <ClientTableRow row={row} index={item.index} height={height} keys={keys} {...props} />
                )}
              </Fragment>
            );
          })}
          <Gap height={virtual.getTotalSize() - above} span={span} />
        </tbody>
      </table>
      {printed < props.total && (
        <p className="hidden px-2 py-3 print:block">
          Printed are the {count(printed)} of {plural(props.total, "client")} that were in sight. Export writes all.
        </p>
      )}
    </div>
  );
}

function ClientTableRow({
  row,
  index,
  height,
  keys,
  ...props
}: TableProps & { row: Row<ClientRow>; index: number; height: number; keys: ReturnType<typeof useRowKeys> }) {
  const Cells = props.narrow ? ClientCard : ClientCells;
  return (
    <tr
      aria-rowindex={index + 2}
      data-client={row.id}
      data-state={props.open === row.id ? "selected" : undefined}
      style={{ height }}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest("a") === null) props.onOpen(row.id);
      }}
      className={cn(
        "cursor-pointer hover:bg-muted/60 data-[state=selected]:bg-accent [&>td]:border-b",
        props.tinted.has(row.id) && "animate-changed",
        props.gone.has(row.id) && "text-muted-foreground line-through",
      )}
    >
      <Cells row={row} typed={props.typed} link={keys.linkOf(index)} onOpen={props.onOpen} />
    </tr>
  );
}

function Gap({ height, span }: { height: number; span: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden className="print:hidden">
      <td colSpan={span} style={{ height, padding: 0 }} />
    </tr>
  );
}

function Loading({ height, span }: { height: number; span: number }) {
  return (
    <tr style={{ height }}>
      <td colSpan={span} className="px-3">
        <span className="sr-only">Loading more clients</span>
        <Skeleton className="h-4" />
      </td>
    </tr>
  );
}

function Head({ head, sort, onSort }: { head: Header<ClientRow, unknown> } & Pick<TableProps, "sort" | "onSort">) {
  const meta = head.column.columnDef.meta;
  const by = meta?.sort;
  const up = sort === by;
  const down = sort === `-${by}`;
  const look = "sticky top-0 z-10 h-9 border-b bg-card px-2 font-medium text-label text-muted-foreground";
  const side = meta?.right ? "text-right" : "text-left";
  if (by === undefined) {
    return (
      <th scope="col" className={cn(look, side, "truncate")}>
        {meta?.title}
      </th>
    );
  }
  const first: Sort = by === "name" ? "name" : `-${by}`;
  const other: Sort = by === "name" ? "-name" : by;
  return (
    <th scope="col" aria-sort={up ? "ascending" : down ? "descending" : "none"} className={cn(look, side)}>
      <button
        type="button"
        onClick={() => onSort(sort === first ? other : first)}
        className={cn(
          "inline-flex min-h-6 items-center gap-0.5 whitespace-nowrap hover:text-foreground [&_svg]:size-3",
          (up || down) && "text-foreground",
        )}
      >
        {meta?.title}
        {up && <ArrowUpIcon aria-hidden />}
        {down && <ArrowDownIcon aria-hidden />}
      </button>
    </th>
  );
}
