import { cn } from "@/lib/cn";
import { load as written } from "@/lib/format";

const FULL = 1;
const WIDEST = 1.5; // loads above are drawn as this one, and written in full beside it

/** Load against capacity: the tick is a full book. Over it the bar changes colour, and the words say so too. */
export function LoadBar({ load, className }: { load: number; className?: string }) {
  const over = load > FULL;
  return (
    <span className={cn("flex items-center gap-2", className)}>
      <span aria-hidden className="relative h-2 min-w-16 flex-1 rounded-sm bg-muted">
        <span
          className={cn("absolute inset-y-0 left-0 rounded-sm", over ? "bg-destructive" : "bg-primary")}
          style={{ width: `${(Math.min(load, WIDEST) / WIDEST) * 100}%` }}
        />
        <span
          className="-top-0.5 -bottom-0.5 absolute w-px bg-foreground/60"
          style={{ left: `${(FULL / WIDEST) * 100}%` }}
        />
      </span>
      <span className={cn("num w-14 text-right", over && "font-medium text-destructive")}>{written(load)}</span>
    </span>
  );
}
