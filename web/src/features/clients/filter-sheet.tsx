import type { ReactNode, RefObject } from "react";
import { Sheet, SheetContent, SheetTitle } from "@/components/ui/sheet";

/** Where facets have no room beside the list. Closed, it gives the focus back to the button that opened it. */
export function FilterSheet({
  opener,
  onClose,
  children,
}: {
  opener: RefObject<HTMLButtonElement | null>;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()}>
      <SheetContent
        aria-describedby={undefined}
        className="max-w-80 overflow-y-auto p-4"
        onCloseAutoFocus={() => opener.current?.focus()}
      >
        <SheetTitle className="pb-2">Filters</SheetTitle>
        {children}
      </SheetContent>
    </Sheet>
  );
}
