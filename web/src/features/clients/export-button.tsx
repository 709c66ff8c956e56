import { useMutation } from "@tanstack/react-query";
import { DownloadIcon } from "lucide-react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { count, plural } from "@/lib/format";
import { scopeWords, useMe } from "@/lib/me";
import { columnId } from "./column-menu";
import { COLUMNS } from "./columns";
import { csv, download, fetched, fileName } from "./csv";
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

/** The list as it is filtered, sorted and shown, as a file that says whose view it is and of when. */
export function ExportButton({ view, hidden }: { view: View; hidden: readonly string[] }) {
  const me = useMe();
  const save = useMutation({
    mutationFn: async () => {
      const asOf = new Date();
      const note = toast.loading("Reading clients for the file", { duration: Number.POSITIVE_INFINITY });
      try {
        const { rows, total } = await fetched(view, (so) =>
          toast.loading(`Read ${plural(so, "client")}`, { id: note }),
        );
        const columns = fields(hidden);
        const lines = rows.map((row) => columns.map(([, of]) => of(row)));
        const name = fileName(me === undefined ? "" : scopeWords(me), asOf);
        download(
          name,
          csv(
            columns.map(([head]) => head),
            lines,
          ),
        );
        return { name, rows: rows.length, total };
      } finally {
        toast.dismiss(note);
      }
    },
    onSuccess: ({ name, rows, total }) =>
      toast.success(
        rows < total
          ? `The first ${count(rows)} of ${plural(total, "client")} saved`
          : `${plural(rows, "client")} saved`,
        { description: rows < total ? `${name}. Narrow the filter for the rest.` : name },
      ),
    onError: (error) => toast.error("The file was not written", { description: error.message }),
  });
  return (
    <Button variant="outline" disabled={save.isPending} onClick={() => save.mutate()}>
      <DownloadIcon aria-hidden />
      <span>
        <span className="max-sm:sr-only">Export </span>CSV
      </span>
    </Button>
  );
}
