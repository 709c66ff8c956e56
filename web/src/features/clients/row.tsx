/** One client of the list: as cells of the table, or, where the screen is narrow, as a card with the same facts. */

import { flexRender, type Row } from "@tanstack/react-table";
import { Link } from "react-router";
import { TierMark } from "@/components/tier-mark";
import { Age, Money } from "@/components/values";
import { cn } from "@/lib/cn";
import { NONE } from "@/lib/format";
import { useClientHref } from "@/lib/links";
import { Territory } from "./columns";
import { Marked } from "./marked";
import type { ClientRow } from "./rows";

interface RowProps {
  row: Row<ClientRow>;
  typed: string;
  link: { "data-row": number; tabIndex: number; onFocus: () => void };
  onOpen: (id: string) => void;
}

function Name({ row, typed, link, onOpen }: RowProps) {
  const href = useClientHref();
  return (
    <Link
      {...link}
      to={href(row.id)}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own
        event.preventDefault();
        onOpen(row.id);
      }}
      title={row.original.name}
      className="block truncate font-medium hover:underline"
    >
      <Marked text={row.original.name} typed={typed} />
    </Link>
  );
}

export function ClientCells(props: RowProps) {
  return props.row.getVisibleCells().map((cell) => (
    <td key={cell.id} className={cn("truncate px-2", cell.column.columnDef.meta?.right && "text-right")}>
      {cell.column.id === "name" ? <Name {...props} /> : flexRender(cell.column.columnDef.cell, cell.getContext())}
    </td>
  ));
}

export function ClientCard(props: RowProps) {
  const row = props.row.original;
  return (
    <td className="px-3 align-middle">
      <span className="flex justify-between gap-3">
        <span className="min-w-0">
          <Name {...props} />
        </span>
        <Money amount={row.aum_usd} />
      </span>
      <span className="block truncate text-muted-foreground">
        <Territory row={row} /> · {row.advisor?.name ?? NONE}
      </span>
      <span className="flex justify-between text-label text-muted-foreground">
        <TierMark tier={row.tier} />
        <Age at={row.changed_at} />
      </span>
    </td>
  );
}
