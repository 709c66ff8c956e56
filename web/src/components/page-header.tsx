import type { ReactNode } from "react";

export function PageHeader({ title, note, children }: { title: string; note?: ReactNode; children?: ReactNode }) {
  return (
    <header className="mb-4 flex flex-wrap items-end justify-between gap-3">
      <div>
        <h1 className="font-semibold text-title">{title}</h1>
        {note && <p className="text-muted-foreground text-table">{note}</p>}
      </div>
      <div className="no-print flex flex-wrap items-center gap-2">{children}</div>
    </header>
  );
}
