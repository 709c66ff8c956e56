import { useId } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import { inDays } from "./override-draft";

const OPEN = "(open)"; // a select has no empty value

interface FieldProps {
  value: string;
  onChange: (value: string) => void;
  fault: string | null;
}

function Fault({ id, fault, note }: { id: string; fault: string | null; note?: string | undefined }) {
  if (fault === null && note === undefined) return null;
  return (
    <p id={id} role={fault === null ? undefined : "alert"} className="pt-1 text-label">
      {fault === null ? (
        <span className="text-muted-foreground">{note}</span>
      ) : (
        <span className="text-destructive">{fault}</span>
      )}
    </p>
  );
}

interface ChoiceProps extends FieldProps {
  name: string;
  options: { value: string; label: string }[];
  note?: string | undefined;
}

export function Choice({ name, value, onChange, options, fault, note }: ChoiceProps) {
  const id = useId();
  return (
    <div>
      <Label id={id}>{name}</Label>
      <Select value={value || OPEN} onValueChange={(next) => onChange(next === OPEN ? "" : next)}>
        <SelectTrigger
          aria-labelledby={id}
          aria-invalid={fault !== null}
          aria-describedby={`${id}-fault`}
          className="mt-1"
        >
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          <SelectItem value={OPEN}>As the rules decide</SelectItem>
          {options.map((option) => (
            <SelectItem key={option.value} value={option.value}>
              {option.label}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
      <Fault id={`${id}-fault`} fault={fault} note={note} />
    </div>
  );
}

export function Reason({ value, onChange, fault }: FieldProps) {
  const id = useId();
  return (
    <div>
      <Label htmlFor={id}>Reason</Label>
      <Textarea
        id={id}
        value={value}
        maxLength={500}
        aria-invalid={fault !== null}
        aria-describedby={`${id}-fault`}
        onChange={(event) => onChange(event.target.value)}
        className="mt-1"
      />
      <Fault id={`${id}-fault`} fault={fault} note="At least three letters; it is kept with the client." />
    </div>
  );
}

export function Expiry({ value, onChange, fault }: FieldProps) {
  const id = useId();
  return (
    <div>
      <Label htmlFor={id}>Until</Label>
      <div className="mt-1 flex flex-wrap items-center gap-2">
        <Input
          id={id}
          type="datetime-local"
          value={value}
          aria-invalid={fault !== null}
          aria-describedby={`${id}-fault`}
          onChange={(event) => onChange(event.target.value)}
          className="w-52"
        />
        <Button variant="outline" size="sm" onClick={() => onChange(inDays(30))}>
          30 days
        </Button>
        <Button variant="outline" size="sm" onClick={() => onChange(inDays(90))}>
          90 days
        </Button>
        <Button variant="outline" size="sm" onClick={() => onChange("")}>
          No expiry
        </Button>
      </div>
      <Fault
        id={`${id}-fault`}
        fault={fault}
        note={value === "" ? "It holds until somebody ends it." : "Your local time."}
      />
    </div>
  );
}
