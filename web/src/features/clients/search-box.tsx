import { SearchIcon } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Input } from "@/components/ui/input";

const PAUSE_MS = 150;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Asks the server when the hand rests. `/` comes here from anywhere on the page. */
export function SearchBox({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState(value);
  const [said, setSaid] = useState(value);
  const input = useRef<HTMLInputElement>(null);
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

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  return (
    <search className="relative w-full sm:w-64">
      <SearchIcon aria-hidden className="absolute top-2 left-2.5 size-4 text-muted-foreground" />
      <Input
        ref={input}
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
