import { ChevronDownIcon } from "lucide-react";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { Sort } from "./view";

const ORDERS: [Sort, string][] = [
  ["-aum", "Largest first"],
  ["aum", "Smallest first"],
  ["name", "By name"],
  ["-name", "By name, from Z"],
  ["-changed", "Changed last"],
  ["changed", "Unchanged longest"],
  ["confidence", "Least confident"],
  ["-confidence", "Most confident"],
];

/** Where rows are cards there are no heads to sort by. A menu, not a select: every page has a menu already. */
export function SortMenu({ sort, onSort }: { sort: Sort; onSort: (sort: Sort) => void }) {
  const chosen = ORDERS.find(([value]) => value === sort)?.[1] ?? sort;
  return (
    <DropdownMenu modal={false}>
      <DropdownMenuTrigger asChild>
        <Button variant="outline" aria-label={`Sort: ${chosen}`} className="w-36 justify-between px-2.5 font-normal">
          <span className="truncate">{chosen}</span>
          <ChevronDownIcon aria-hidden className="text-muted-foreground" />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start">
        <DropdownMenuRadioGroup value={sort} onValueChange={(value) => onSort(value as Sort)}>
          {ORDERS.map(([value, words]) => (
            <DropdownMenuRadioItem key={value} value={value}>
              {words}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
