import { ArrowDownIcon, ArrowUpIcon } from "lucide-react";
import type { ReactNode } from "react";
import { TableHead } from "@/components/ui/table";
import { cn } from "@/lib/cn";

/** A head that sorts: `sort` is `column` or `-column`, as the api writes it. Numbers begin with the greatest. */
export function SortHead({
  column,
  sort,
  onSort,
  numeric = false,
  className,
  children,
}: {
  column: string;
  sort: string;
  onSort: (sort: string) => void;
  numeric?: boolean;
  className?: string;
  children: ReactNode;
}) {
  const up = sort === column;
  const down = sort === `-${column}`;
  const first = numeric ? `-${column}` : column;
  const other = numeric ? column : `-${column}`;
  return (
    <TableHead aria-sort={up ? "ascending" : down ? "descending" : "none"} className={className}>
      <button
        type="button"
        onClick={() => onSort(sort === first ? other : first)}
        className={cn(
          "flex min-h-6 w-full items-center gap-1 hover:text-foreground [&_svg]:size-3.5",
          numeric && "justify-end",
          (up || down) && "text-foreground",
        )}
      >
        {children}
        {up && <ArrowUpIcon aria-hidden />}
        {down && <ArrowDownIcon aria-hidden />}
      </button>
    </TableHead>
  );
}
