import { type ReactNode, useState } from "react";
import { cn } from "@/lib/cn";

/** A cell that holds a tint for a second when its value has changed; not when it is first seen. */
export function Changing({
  value,
  children,
  className,
}: {
  value: string | number;
  children: ReactNode;
  className?: string;
}) {
  const [seen, setSeen] = useState({ value, times: 0 });
  if (seen.value !== value) setSeen({ value, times: seen.times + 1 });
  return (
    <span key={seen.times} className={cn("rounded-sm", seen.times > 0 && "animate-changed", className)}>
      {children}
    </span>
  );
}
