import { type FormEvent, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { compact } from "@/lib/format";
import type { Change, View } from "./view";
import { dollars } from "./words";

interface RangeProps {
  view: View;
  change: (next: Change) => void;
}

/** Remounted when the address says another range, so that the fields never disagree with the list. */
export function AumRange(props: RangeProps) {
  return <Range key={`${props.view.aum_min}-${props.view.aum_max}`} {...props} />;
}

function written(amount: number | null): string {
  if (amount === null) return "";
  const short = compact(amount).toLowerCase();
  return dollars(short) === amount ? short : String(amount);
}

function Range({ view, change }: RangeProps) {
  const [low, setLow] = useState(written(view.aum_min));
  const [high, setHigh] = useState(written(view.aum_max));
  const [fault, setFault] = useState<string | null>(null);
  const id = useId();
  const apply = (event: FormEvent) => {
    event.preventDefault();
    const [least, most] = [dollars(low), dollars(high)];
    if (least === undefined || most === undefined) return setFault("An amount is written like 250m or 1.5b.");
    if (least !== null && most !== null && least > most) return setFault("The first is above the second.");
    setFault(null);
    change({ aum_min: least, aum_max: most });
  };
  return (
    <form onSubmit={apply} className="pt-1 pb-2">
      <fieldset>
        <legend className="py-1 font-medium text-label">AUM, USD</legend>
        <div className="flex items-center gap-1.5">
          <Input
            value={low}
            onChange={(event) => setLow(event.target.value)}
            placeholder="from"
            aria-label="AUM from, USD"
            aria-invalid={fault !== null}
            aria-describedby={id}
            className="h-7 px-2"
          />
          <Input
            value={high}
            onChange={(event) => setHigh(event.target.value)}
            placeholder="to"
            aria-label="AUM to, USD"
            aria-invalid={fault !== null}
            aria-describedby={id}
            className="h-7 px-2"
          />
          <Button type="submit" variant="outline" size="sm">
            Set
          </Button>
        </div>
        <p id={id} role="status" className="min-h-4 pt-1 text-destructive text-label">
          {fault}
        </p>
      </fieldset>
    </form>
  );
}
