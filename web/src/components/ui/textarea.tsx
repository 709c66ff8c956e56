import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return (
    <textarea
      data-slot="textarea"
      className={cn(
        "min-h-16 w-full rounded-md border bg-card px-2.5 py-1.5 text-table placeholder:text-faint aria-invalid:border-destructive",
        className,
      )}
      {...props}
    />
  );
}
