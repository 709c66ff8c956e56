/** The list as it is filtered, sorted and shown, saved as a file, and what is said of it on the way. */

import { toast } from "sonner";
import { count, plural } from "@/lib/format";
import { COLUMNS, columnId } from "./columns";
import { csv, download, type Fetched, fetched, fileName } from "./csv";
import type { ClientRow } from "./rows";
import type { View } from "./view";

type Field = readonly [string, (row: ClientRow) => string | number | null];

function fields(hidden: readonly string[]): Field[] {
  const shown = COLUMNS.filter((column) => !hidden.includes(columnId(column)));
  const plain = (key: string): Field => [key, (row) => row[key as keyof ClientRow] as string | number | null];
  return [
    ["id", (row) => row.id],
    ...shown.flatMap(
      (column): readonly Field[] => column.meta?.file ?? [plain(FILE_KEYS[columnId(column)] ?? columnId(column))],
    ),
  ];
}
const FILE_KEYS: Record<string, string> = { type: "client_type" };

/** The file says whose view it is (`scope`) and of when. Never rejects: what goes wrong is said to the reader. */
export async function saveList(view: View, hidden: readonly string[], scope: string): Promise<void> {
  const name = fileName(scope, new Date());
  const note = toast.loading("Reading clients for the file", { duration: Number.POSITIVE_INFINITY });
  try {
    const found = await fetched(view, (so) => toast.loading(`Read ${plural(so, "client")}`, { id: note }));
    const columns = fields(hidden);
    const lines = found.rows.map((row) => columns.map(([, of]) => of(row)));
    const heads = columns.map(([head]) => head);
    download(name, csv(heads, lines));
    tell(name, found);
  } catch (error) {
    toast.error("The file was not written", { description: error instanceof Error ? error.message : String(error) });
  } finally {
    toast.dismiss(note);
  }
}

function tell(name: string, { rows: { length }, total }: Fetched): void {
  const whole = length >= total;
  toast.success(
    whole ? `${plural(length, "client")} saved` : `The first ${count(length)} of ${plural(total, "client")} saved`,
    { description: whole ? name : `${name}. Narrow the filter for the rest.` },
  );
}
