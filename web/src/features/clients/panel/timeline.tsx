import type { ReactNode } from "react";
import { Age } from "@/components/values";

export const Timeline = ({ children }: { children: ReactNode }) => (
  <ol className="rounded-lg border bg-card px-3 py-3">{children}</ol>
);

interface MomentProps {
  at: string;
  title: string;
  now?: boolean;
  children: ReactNode;
}

export function Moment({ at, title, now = false, children }: MomentProps) {
  return (
    <li className="group relative flex gap-3 pb-4 text-table last:pb-0">
      <span aria-hidden className="-bottom-1 absolute top-4 left-[3.5px] w-px bg-border group-last:hidden" />
      <span
        aria-hidden
        className={`relative mt-1.5 size-2 shrink-0 rounded-full ${now ? "bg-primary" : "bg-muted-foreground/60"}`}
      />
      <span className="min-w-0 flex-1">
        <span className="block font-medium">{title}</span>
        <span className="flex flex-wrap gap-x-3 text-muted-foreground">{children}</span>
      </span>
      <Age at={at} className="shrink-0 text-label text-muted-foreground" />
    </li>
  );
}
