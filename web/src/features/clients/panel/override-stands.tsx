import { HourglassIcon, UserRoundPenIcon } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogTitle } from "@/components/ui/dialog";
import { Label } from "@/components/ui/label";
import { Textarea } from "@/components/ui/textarea";
import { Age } from "@/components/values";
import type { Schemas } from "@/lib/api-client";
import { utc, words } from "@/lib/format";
import { useMay } from "@/lib/me";
import { useOverride, useSent } from "./override-commands";
import type { ClientDetail } from "./queries";

export function wishWords({ territory, advisor, tier }: Schemas["OverrideView"]): string {
  const told = [territory?.name, advisor?.name, tier === null ? null : `tier ${words(tier)}`];
  return told.filter(Boolean).join(", ");
}

/** The override that stands, or the word that was just sent. */
export function OverrideStands({ detail }: { detail: ClientDetail }) {
  const { waiting, long } = useSent(detail);
  const [ending, setEnding] = useState(false);
  const may = useMay("override");
  const { override } = detail;
  if (override === null && !waiting) return null;
  return (
    <div className="flex flex-col gap-2">
      {waiting && (
        <Alert role="status" variant={long ? "attention" : "default"}>
          <HourglassIcon aria-hidden />
          {long
            ? "Sent, and not applied yet. Assign may be behind, or a later word holds; nothing needs to be sent again."
            : "Sent; applies in a moment."}
        </Alert>
      )}
      {override !== null && (
        <Alert>
          <UserRoundPenIcon aria-hidden />
          <div className="min-w-0 flex-1">
            <p className="font-medium">Overridden to {wishWords(override)}</p>
            <p className="text-muted-foreground">
              {override.author}: “{override.reason}”, <Age at={override.at} />
              {override.expires_at === null ? ", without an end" : `, until ${utc(override.expires_at)}`}
            </p>
          </div>
          {may && (
            <Button variant="outline" size="sm" onClick={() => setEnding(true)}>
              End override
            </Button>
          )}
        </Alert>
      )}
      {ending && <EndDialog detail={detail} onClose={() => setEnding(false)} />}
    </div>
  );
}

function EndDialog({ detail, onClose }: { detail: ClientDetail; onClose: () => void }) {
  const [seen] = useState(detail);
  const [reason, setReason] = useState("");
  const send = useOverride(seen);
  const id = useId();
  const end = (event: FormEvent) => {
    event.preventDefault();
    const { id: client, version } = detail.client;
    send.mutate({ client, version, wish: null, reason: reason.trim() }, { onSuccess: onClose });
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogTitle>End the override</DialogTitle>
        <DialogDescription>The rules decide again where {seen.client.name} belongs.</DialogDescription>
        <form onSubmit={end} className="mt-4">
          <Label htmlFor={id}>Reason</Label>
          <Textarea id={id} value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
          {send.isError && (
            <p role="alert" className="mt-1 text-destructive text-label">
              {send.error.message}
            </p>
          )}
          <DialogFooter>
            <Button variant="ghost" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={send.isPending || reason.trim().length < 3}>
              End override
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
