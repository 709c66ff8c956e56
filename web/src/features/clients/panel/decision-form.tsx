import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { ApiProblem } from "@/lib/api-client";
import type { Verdict } from "./queries";

const LEAST = 3;
const ASKED: Record<Verdict, [string, string]> = {
  same: ["Why are they one client?", "Say same"],
  different: ["Why are they two clients?", "Say different"],
  withdrawn: ["Why is it taken back?", "Withdraw"],
};

interface FormProps {
  verdict: Verdict;
  pending: boolean;
  error: Error | null;
  onSay: (reason: string) => void;
  onCancel: () => void;
}

export function DecisionForm({ verdict, pending, error, onSay, onCancel }: FormProps) {
  const [reason, setReason] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const [question, word] = ASKED[verdict];
  useEffect(() => input.current?.focus(), []);
  const stale = error instanceof ApiProblem && error.status === 412;
  const say = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim().length >= LEAST) onSay(reason.trim());
  };
  return (
    <form onSubmit={say} className="border-t px-3 py-2.5">
      <Label htmlFor={id}>{question}</Label>
      <div className="mt-1 flex flex-wrap gap-2">
        <Input
          id={id}
          ref={input}
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.stopPropagation(); // closes the form, not the panel
            event.nativeEvent.stopImmediatePropagation();
            onCancel();
          }}
          placeholder="Its colleagues will read this"
          className="min-w-48 flex-1"
        />
        <Button type="submit" disabled={pending || reason.trim().length < LEAST}>
          {word}
        </Button>
        <Button variant="ghost" onClick={onCancel}>
          Cancel
        </Button>
      </div>
      {error !== null && (
        <p role="alert" className="mt-1.5 text-destructive text-label">
          {stale
            ? "Somebody else has spoken meanwhile; what they said is shown above. Say it again if it still holds."
            : error.message}
        </p>
      )}
    </form>
  );
}
