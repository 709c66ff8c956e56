import { Columns3Icon } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { COLUMNS } from "./columns";

interface MenuProps {
  hidden: readonly string[];
  onChange: (hidden: string[]) => void;
}

export const columnId = (column: (typeof COLUMNS)[number]): string =>
  column.id ?? ("accessorKey" in column ? column.accessorKey : "");

/** Which columns are shown; the name always is. */
export function ColumnMenu({ hidden, onChange }: MenuProps) {
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button variant="outline">
          <Columns3Icon aria-hidden /> Columns
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" className="w-48 p-2" aria-label="Columns">
        {COLUMNS.filter((column) => columnId(column) !== "name").map((column) => {
          const id = columnId(column);
          return (
            <label
              key={id}
              htmlFor={`column-${id}`}
              className="flex min-h-8 cursor-pointer items-center gap-2 px-1 text-table"
            >
              <Checkbox
                id={`column-${id}`}
                checked={!hidden.includes(id)}
                onCheckedChange={(on) => onChange(on === true ? hidden.filter((one) => one !== id) : [...hidden, id])}
              />
              {column.meta?.title}
            </label>
          );
        })}
      </PopoverContent>
    </Popover>
  );
}
