import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogTitle } from "@/components/ui/dialog";
import { ApiProblem } from "@/lib/api-client";
import { words } from "@/lib/format";
import { Conflict } from "./conflict";
import { useOverride } from "./override-commands";
import { type Draft, draftOf, faultsOf, wishOf } from "./override-draft";
import { Choice, Expiry, Reason } from "./override-fields";
import { advisorsQuery, type ClientDetail, territoriesQuery } from "./queries";

/** Where the client belongs by a person's word. It is said of the client as it was when the dialog opened. */
export function OverrideDialog({ detail, onClose }: { detail: ClientDetail; onClose: () => void }) {
  const [seen, setSeen] = useState(detail);
  const [draft, setDraft] = useState<Draft>(() => draftOf(detail.override));
  const send = useOverride(seen);
  const stale = send.error instanceof ApiProblem && send.error.status === 412;
  const say = (as: ClientDetail) => {
    const wish = wishOf(draft);
    const { id: client, version } = as.client;
    send.mutate({ client, version, wish, reason: wish.reason }, { onSuccess: onClose });
  };
  if (stale) {
    return (
      <Conflict
        seen={seen}
        draft={draft}
        pending={send.isPending}
        onTheirs={onClose}
        onMine={(now) => {
          setSeen(now);
          say(now);
        }}
      />
    );
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogTitle>{detail.override === null ? "Override" : "Change the override"}</DialogTitle>
        <DialogDescription>
          Say where {seen.client.name} belongs. What is left open, the rules decide. It needs a territory, an advisor or
          a tier.
        </DialogDescription>
        <OverrideForm
          draft={draft}
          change={setDraft}
          error={send.error}
          pending={send.isPending}
          onClose={onClose}
          onSay={() => say(seen)}
        />
      </DialogContent>
    </Dialog>
  );
}

interface FormProps {
  draft: Draft;
  change: (draft: Draft) => void;
  error: Error | null;
  pending: boolean;
  onClose: () => void;
  onSay: () => void;
}

function OverrideForm({ draft, change, error, pending, onClose, onSay }: FormProps) {
  const territories = useQuery(territoriesQuery);
  const advisors = useQuery(advisorsQuery);
  const faults = faultsOf(error);
  const named = (one: { id: string; name: string }) => ({ value: one.id, label: one.name });
  const set = (part: Partial<Draft>) => change({ ...draft, ...part });
  const complete = (draft.territory || draft.advisor || draft.tier) && draft.reason.trim().length >= 3;
  const active = (advisors.data?.items ?? []).filter((advisor) => advisor.active);
  const there = active.filter((advisor) => advisor.territories.some((one) => one.id === draft.territory));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (complete) onSay();
  };
  return (
    <form onSubmit={submit} className="mt-4 flex flex-col gap-3">
      <Choice
        name="Territory"
        value={draft.territory}
        onChange={(territory) => set({ territory })}
        options={(territories.data?.territories ?? []).map(named).sort((a, b) => a.label.localeCompare(b.label))}
        fault={faults.territory}
      />
      <Choice
        name="Advisor"
        value={draft.advisor}
        onChange={(advisor) => set({ advisor })}
        options={(there.length > 0 ? there : active).map(named)}
        note={there.length > 0 ? "Who serves the chosen territory." : undefined}
        fault={faults.advisor}
      />
      <Choice
        name="Tier"
        value={draft.tier}
        onChange={(tier) => set({ tier })}
        options={(territories.data?.tiers ?? []).map((tier) => ({ value: tier, label: words(tier) }))}
        fault={faults.tier}
      />
      <Reason value={draft.reason} onChange={(reason) => set({ reason })} fault={faults.reason} />
      <Expiry value={draft.expires} onChange={(expires) => set({ expires })} fault={faults.expires_at} />
      {faults.rest !== null && (
        <p role="alert" className="text-destructive text-label">
          {faults.rest}
        </p>
      )}
      <DialogFooter className="mt-2">
        <Button variant="ghost" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" disabled={pending || !complete}>
          {pending ? "Sending" : "Override"}
        </Button>
      </DialogFooter>
    </form>
  );
}
