import { useId } from "react";
import { SHORTCUTS, setSingleKeys, TREE_KEYS, useSingleKeys } from "@/app/shortcuts";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Label } from "@/components/ui/label";
import { cn } from "@/lib/cn";

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const single = useSingleKeys();
  const id = useId();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogTitle>Keyboard shortcuts</DialogTitle>
        <DialogDescription>Everything can be reached without a mouse. These are the short ways.</DialogDescription>
        <h3 className="mt-4 mb-1 font-medium text-label text-muted-foreground">Everywhere</h3>
        <ul className="divide-y border-y">
          {SHORTCUTS.map(({ keys, does, single: needs }) => (
            <Shortcut key={does} keys={keys} does={does} off={needs && !single} />
          ))}
        </ul>
        <h3 className="mt-4 mb-1 font-medium text-label text-muted-foreground">In the tree of territories</h3>
        <ul className="divide-y border-y">
          {TREE_KEYS.map(({ keys, does }) => (
            <Shortcut key={does} keys={keys} does={does} off={false} />
          ))}
        </ul>
        <div className="mt-4 flex items-start gap-2">
          <Checkbox id={id} checked={single} onCheckedChange={(value) => setSingleKeys(value === true)} />
          <Label htmlFor={id} className="text-table leading-4">
            Shortcuts without Ctrl
            <span className="block font-normal text-label text-muted-foreground">
              Turn them off where speech input or a shaky key presses them by accident. Remembered on this device.
            </span>
          </Label>
        </div>
      </DialogContent>
    </Dialog>
  );
}

function Shortcut({ keys, does, off }: { keys: readonly string[]; does: string; off: boolean }) {
  return (
    <li className="flex min-h-8 items-center justify-between gap-4 text-table">
      <span className={cn(off && "text-muted-foreground line-through")}>
        {does}
        {off && <span className="sr-only"> (turned off)</span>}
      </span>
      <span className="flex shrink-0 gap-1">
        {keys.map((key) => (
          <kbd key={key} className="min-w-6 rounded-sm border bg-muted px-1.5 text-center font-sans text-label">
            {key}
          </kbd>
        ))}
      </span>
    </li>
  );
}
