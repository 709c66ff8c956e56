import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
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

/** Where rows are cards there are no heads to sort by. */
export function SortMenu({ sort, onSort }: { sort: Sort; onSort: (sort: Sort) => void }) {
  return (
    <Select value={sort} onValueChange={(value) => onSort(value as Sort)}>
      <SelectTrigger aria-label="Sort" className="w-36">
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {ORDERS.map(([value, words]) => (
          <SelectItem key={value} value={value}>
            {words}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}
