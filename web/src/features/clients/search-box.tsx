import { SearchIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { Input } from "@/components/ui/input";

const PAUSE_MS = 150;

/** Asks the server when the hand rests. The page's `/` comes here. */
export function SearchBox({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState(value);
  const [said, setSaid] = useState(value);
  if (value !== said) {
    setSaid(value); // the address changed by itself: back, a chip, Reset
    setTyped(value);
  }

  useEffect(() => {
    if (typed === said) return;
    const timer = setTimeout(() => {
      setSaid(typed);
      onSearch(typed);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, said, onSearch]);

  return (
    <search className="relative w-full sm:w-64">
      <SearchIcon aria-hidden className="absolute top-2 left-2.5 size-4 text-muted-foreground" />
      <Input
        type="search"
        maxLength={100}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        aria-label="Search clients"
        aria-keyshortcuts="/"
        placeholder="Search by name or city"
        className="pr-8 pl-8"
      />
      {typed === "" && (
        <kbd aria-hidden className="absolute top-1.5 right-2 rounded-sm border px-1 text-label text-muted-foreground">
          /
        </kbd>
      )}
    </search>
  );
}
