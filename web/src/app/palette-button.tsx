import { SearchIcon } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { Button } from "@/components/ui/button";

const Palette = lazy(async () => ({ default: (await import("@/app/palette")).Palette }));

/** Opens the palette, whose code comes with its first use. */
export function PaletteButton() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setOpen((was) => !was);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <Button variant="outline" onClick={() => setOpen(true)}>
        <SearchIcon aria-hidden />
        <span className="text-muted-foreground max-lg:sr-only">Search</span>
        <kbd className="rounded-sm border px-1 text-label text-muted-foreground max-lg:hidden">Ctrl K</kbd>
      </Button>
      {open && (
        <Suspense>
          <Palette onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
