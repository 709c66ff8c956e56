import { Columns3Icon } from "lucide-react";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuCheckboxItem,
  DropdownMenuContent,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { COLUMNS, columnId } from "./columns";

interface MenuProps {
  hidden: readonly string[];
  onChange: (hidden: string[]) => void;
}

/** Which columns are shown; the name always is. It stays open: who hides one column often hides another. */
export function ColumnMenu({ hidden, onChange }: MenuProps) {
  return (
    <DropdownMenu modal={false}>
      <DropdownMenuTrigger asChild>
        <Button variant="outline">
          <Columns3Icon aria-hidden /> Columns
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        {COLUMNS.filter((column) => columnId(column) !== "name").map((column) => {
          const id = columnId(column);
          return (
            <DropdownMenuCheckboxItem
              key={id}
              checked={!hidden.includes(id)}
              onCheckedChange={(on) => onChange(on ? hidden.filter((one) => one !== id) : [...hidden, id])}
              onSelect={(event) => event.preventDefault()}
            >
              {column.meta?.title}
            </DropdownMenuCheckboxItem>
          );
        })}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
