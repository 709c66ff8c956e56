import { ToggleGroup as TogglePrimitive } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export function ToggleGroup({ className, ...props }: ComponentProps<typeof TogglePrimitive.Root>) {
  return (
    <TogglePrimitive.Root
      data-slot="toggle-group"
      className={cn("inline-flex rounded-md border bg-card p-0.5", className)}
      {...props}
    />
  );
}

export function ToggleGroupItem({ className, ...props }: ComponentProps<typeof TogglePrimitive.Item>) {
  return (
    <TogglePrimitive.Item
      data-slot="toggle-group-item"
      className={cn(
        "inline-flex h-6 items-center gap-1 rounded-sm px-2 text-label text-muted-foreground hover:text-foreground data-[state=on]:bg-accent data-[state=on]:text-foreground [&_svg]:size-3.5",
        className,
      )}
      {...props}
    />
  );
}
