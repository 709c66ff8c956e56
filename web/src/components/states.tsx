/** What a panel says when it has nothing to show: why, and what to do next. Never blank. */

import { CircleAlertIcon, InboxIcon, LockIcon, SearchXIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { ApiProblem } from "@/lib/api-client";

function Said({ icon, title, children }: { icon: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-10 text-center [&>svg]:size-5 [&>svg]:text-muted-foreground">
      {icon}
      <p className="font-medium">{title}</p>
      <div className="flex max-w-md flex-col items-center gap-3 text-muted-foreground text-table">{children}</div>
    </div>
  );
}

export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Said icon={<InboxIcon aria-hidden />} title={title}>
      {children}
    </Said>
  );
}

export function NotFoundState({ what }: { what: string }) {
  return (
    <Said icon={<SearchXIcon aria-hidden />} title={`No such ${what}`}>
      It has ended, or it is not in your regions.
    </Said>
  );
}

export function NoPermissionState({ children }: { children: ReactNode }) {
  return (
    <Said icon={<LockIcon aria-hidden />} title="Not for your role">
      {children}
    </Said>
  );
}

export function ErrorState({ error, retry }: { error: Error; retry?: () => void }) {
  const problem = error instanceof ApiProblem ? error.problem : null;
  return (
    <div role="alert">
      <Said icon={<CircleAlertIcon aria-hidden />} title={problem?.title ?? "Cadastre cannot be reached"}>
        <p>{problem?.detail ?? "Check the connection. What is shown elsewhere on the page is what was last heard."}</p>
        {retry && (
          <Button variant="outline" onClick={retry}>
            Try again
          </Button>
        )}
      </Said>
    </div>
  );
}
