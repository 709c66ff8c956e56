import { Sheet, SheetContent, SheetTitle } from "@/components/ui/sheet";
import { useClientInAddress } from "@/lib/client-in-address";

export function ClientPanel({ id }: { id: string }) {
  const [, select] = useClientInAddress();
  return (
    <Sheet open onOpenChange={(open) => !open && void select(null)}>
      <SheetContent aria-describedby={undefined}>
        <SheetTitle>{id}</SheetTitle>
      </SheetContent>
    </Sheet>
  );
}
