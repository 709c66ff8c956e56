interface Point {
  at: string;
  value: number;
}

const WIDTH = 120;
const HEIGHT = 28;

/** A day in one line. It has no axis: the figure beside it is the present, the words under it the change. */
export function Sparkline({ points, label }: { points: readonly Point[]; label: string }) {
  const values = points.map((point) => point.value);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const step = WIDTH / Math.max(values.length - 1, 1);
  const path = values
    .map(
      (value, i) =>
        `${i === 0 ? "M" : "L"}${(i * step).toFixed(1)} ${(HEIGHT - 3 - ((value - low) / span) * (HEIGHT - 6)).toFixed(1)}`,
    )
    .join("");
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className="h-7 w-full"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={path} fill="none" stroke="var(--survey)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
