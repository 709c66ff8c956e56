import { Dialog, DialogContent, DialogTitle } from "@/components/ui/dialog";

export function Palette({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent aria-describedby={undefined}>
        <DialogTitle>Search</DialogTitle>
      </DialogContent>
    </Dialog>
  );
}
