import { cn } from "@/lib/cn";
import { type Bar, barWords, bits, comparedText, steps } from "./evidence-words";
import type { PairView } from "./queries";

/**
 * From the odds of two strangers to the sum, one bar for each thing that was compared. The line is the threshold: a sum
 * at it or right of it is a match.
 */
export function Waterfall({ pair }: { pair: PairView }) {
  const found = steps(pair.prior, pair.evidence);
  const ends = [...found.flatMap((step) => [step.from, step.to]), pair.threshold_weight, pair.weight];
  const low = Math.min(...ends);
  const span = Math.max(...ends) - low || 1;
  const at = (weight: number): number => ((weight - low) / span) * 100;
  const line = at(pair.threshold_weight);
  return (
    <table
      className="w-full table-fixed text-table"
      aria-label={`Evidence in bits, ${pair.low.name} and ${pair.high.name}`}
    >
      <colgroup>
        <col className="w-[46%]" />
        <col />
        <col className="w-16" />
      </colgroup>
      <thead>
        <tr className="text-label text-muted-foreground">
          <th scope="col" className="pb-1 text-left font-medium">
            What was compared
          </th>
          <th scope="col" className="relative pb-1 font-medium">
            <span
              className="absolute bottom-1 whitespace-nowrap"
              style={{ left: `${line}%`, transform: `translateX(-${line}%)` }}
            >
              match from {bits(pair.threshold_weight)}
            </span>
          </th>
          <th scope="col" className="pb-1 text-right font-medium">
            Bits
          </th>
        </tr>
      </thead>
      <tbody>
        <Line
          words="At first: most pairs are two clients"
          weight={pair.prior}
          step={found[0]}
          {...{ at, line }}
          prior
        />
        {pair.evidence.map((bar, i) => (
          <Line
            key={`${bar.field}-${bar.level}`}
            words={barWords(bar)}
            compared={bar}
            weight={bar.weight}
            step={found[i + 1]}
            {...{ at, line }}
          />
        ))}
        <Line words="Sum" weight={pair.weight} step={{ from: 0, to: pair.weight }} {...{ at, line }} sum />
      </tbody>
    </table>
  );
}

interface LineProps {
  words: string;
  compared?: Bar;
  weight: number;
  step: { from: number; to: number } | undefined;
  at: (weight: number) => number;
  line: number;
  prior?: boolean;
  sum?: boolean;
}

function Line({ words, compared, weight, step = { from: 0, to: 0 }, at, line, prior, sum }: LineProps) {
  const left = at(Math.min(step.from, step.to));
  const text = compared === undefined ? null : comparedText(compared);
  return (
    <tr className={cn("align-top", sum && "font-medium")}>
      <th scope="row" className={cn("py-1 pr-2 text-left font-normal", sum && "border-t font-medium")}>
        {words}
        {text !== null && (
          <span className="block truncate text-label text-muted-foreground" title={text}>
            {text}
          </span>
        )}
      </th>
      <td className={cn("relative p-0", sum && "border-t")}>
        <span aria-hidden className="absolute inset-y-0 w-px bg-foreground/50" style={{ left: `${line}%` }} />
        <span
          aria-hidden
          className={cn(
            "absolute top-1.5 h-3 min-w-0.5 rounded-[2px]",
            prior || sum ? "bg-muted-foreground/60" : weight < 0 ? "bg-destructive/80" : "bg-primary",
          )}
          style={{ left: `${left}%`, width: `${at(Math.max(step.from, step.to)) - left}%` }}
        />
      </td>
      <td className={cn("num py-1 text-right", sum && "border-t", weight < 0 && !prior && !sum && "text-destructive")}>
        {bits(weight)}
      </td>
    </tr>
  );
}
