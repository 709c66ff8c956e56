import { SearchIcon } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useShortcuts } from "@/app/shortcuts";
import { Button } from "@/components/ui/button";
import { arriving } from "@/lib/arriving";

const Palette = lazy(() => arriving(async () => ({ default: (await import("@/app/palette")).Palette })));
const ShortcutsDialog = lazy(() =>
  arriving(async () => ({ default: (await import("@/app/shortcuts-dialog")).ShortcutsDialog })),
);

/** Opens the palette and the list of shortcuts, whose code comes with their first use. */
export function PaletteButton() {
  const [open, setOpen] = useState<"palette" | "shortcuts" | null>(null);
  const close = () => setOpen(null);
  useShortcuts(() => setOpen("shortcuts"));
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setOpen((was) => (was === "palette" ? null : "palette"));
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <Button variant="outline" onClick={() => setOpen("palette")}>
        <SearchIcon aria-hidden />
        <span className="text-muted-foreground max-lg:sr-only">Search</span>
        <kbd className="rounded-sm border px-1 text-label text-muted-foreground max-lg:hidden">Ctrl K</kbd>
      </Button>
      <Suspense>
        {open === "palette" && <Palette onClose={close} onShortcuts={() => setOpen("shortcuts")} />}
        {open === "shortcuts" && <ShortcutsDialog onClose={close} />}
      </Suspense>
    </>
  );
}
