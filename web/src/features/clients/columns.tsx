/** The columns of the list: how each is shown, and how it is written to a file. */

import { createColumnHelper, type RowData } from "@tanstack/react-table";
import { Link } from "react-router";
import { TierMark } from "@/components/tier-mark";
import { Badge } from "@/components/ui/badge";
import { Age, Money } from "@/components/values";
import { count, NONE, words } from "@/lib/format";
import { advisorHref, territoryHref } from "@/lib/links";
import type { ClientRow } from "./rows";
import { countryName } from "./words";

declare module "@tanstack/react-table" {
  interface ColumnMeta<TData extends RowData, TValue> {
    title: string;
    width: number;
    right?: boolean;
    sort?: "name" | "aum" | "confidence" | "changed";
    /** The heads and cells of a file, where they are not what `accessor` gives. */
    file?: readonly [string, (row: TData) => string | number | null][];
    readonly _value?: TValue;
  }
}

const column = createColumnHelper<ClientRow>();

export const COLUMNS = [
  column.accessor("name", { meta: { title: "Name", width: 180, sort: "name" } }),
  column.accessor((row) => row.territory?.name ?? null, {
    id: "territory",
    meta: {
      title: "Territory",
      width: 196,
      file: [
        ["territory_id", (row) => row.territory?.id ?? null],
        ["territory", (row) => row.territory?.name ?? null],
      ],
    },
    cell: ({ row: { original: row } }) => <Territory row={row} />,
  }),
  column.accessor((row) => row.advisor?.name ?? null, {
    id: "advisor",
    meta: {
      title: "Advisor",
      width: 128,
      file: [
        ["advisor_id", (row) => row.advisor?.id ?? null],
        ["advisor", (row) => row.advisor?.name ?? null],
      ],
    },
    cell: ({ row: { original: row } }) =>
      row.advisor === null ? (
        <Nothing />
      ) : (
        <Link className="hover:underline" tabIndex={-1} to={advisorHref(row.advisor.id)} title={row.advisor.name}>
          {row.advisor.name}
        </Link>
      ),
  }),
  column.accessor("tier", {
    meta: { title: "Tier", width: 88 },
    cell: ({ getValue }) => <TierMark tier={getValue()} />,
  }),
  column.accessor((row) => row.aum_usd, {
    id: "aum",
    meta: { title: "AUM, USD", width: 92, right: true, sort: "aum", file: [["aum_usd", (row) => row.aum_usd]] },
    cell: ({ row: { original: row } }) => <Money amount={row.aum_usd} />,
  }),
  column.accessor("country", {
    meta: { title: "Country", width: 72 },
    cell: ({ getValue }) => <span title={countryName(getValue())}>{getValue() ?? <Nothing />}</span>,
  }),
  column.accessor((row) => row.client_type, {
    id: "type",
    meta: { title: "Type", width: 104 },
    cell: ({ getValue }) => (getValue() === null ? <Nothing /> : words(getValue() ?? "")),
  }),
  column.accessor("members", {
    meta: { title: "Records", width: 74, right: true },
    cell: ({ getValue }) => count(getValue()),
  }),
  column.accessor("confidence", {
    meta: { title: "Conf., %", width: 80, right: true, sort: "confidence" },
    cell: ({ row: { original: row } }) => (row.members > 1 ? row.confidence.toFixed(1) : <Nothing />),
  }),
  column.accessor((row) => row.changed_at, {
    id: "changed",
    meta: {
      title: "Changed",
      width: 80,
      right: true,
      sort: "changed",
      file: [["changed_at", (row) => row.changed_at]],
    },
    cell: ({ getValue }) => <Age at={getValue()} />,
  }),
];

export const columnId = (column: (typeof COLUMNS)[number]): string =>
  column.id ?? ("accessorKey" in column ? column.accessorKey : "");

const Nothing = () => <span className="text-faint">{NONE}</span>;

export function Territory({ row }: { row: ClientRow }) {
  if (row.status === "unassigned") return <Badge variant="attention">Unassigned</Badge>;
  if (row.territory === null) return <span className="text-muted-foreground">{words(row.status)}</span>;
  return (
    <Link className="hover:underline" tabIndex={-1} to={territoryHref(row.territory.id)} title={row.territory.name}>
      {row.territory.name}
    </Link>
  );
}
