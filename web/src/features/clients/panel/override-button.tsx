import { UserRoundPenIcon } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Button } from "@/components/ui/button";
import { useMay } from "@/lib/me";
import type { ClientDetail } from "./queries";

const OverrideDialog = lazy(async () => ({ default: (await import("./override-dialog")).OverrideDialog }));

export function OverrideButton({ detail }: { detail: ClientDetail }) {
  const [open, setOpen] = useState(false);
  if (!useMay("override")) return null;
  return (
    <>
      <Button variant="outline" size="sm" onClick={() => setOpen(true)}>
        <UserRoundPenIcon aria-hidden /> {detail.override === null ? "Override" : "Change override"}
      </Button>
      {open && (
        <Suspense>
          <OverrideDialog detail={detail} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
