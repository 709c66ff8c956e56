import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Schemas } from "@/lib/api-client";
import { compact, count } from "@/lib/format";

const hour = new Intl.DateTimeFormat("en-US", { hour: "2-digit", hourCycle: "h23" });

/** Changes of assignments by the hour. An hour without one is an empty place, not a gap that is closed. */
export function ActivityChart({ points }: { points: Schemas["Point"][] }) {
  const bars = points.map(({ at, value }) => ({ hour: hour.format(Date.parse(at) - 1), moves: value }));
  return (
    <ResponsiveContainer width="100%" height={176}>
      <BarChart
        data={bars}
        margin={{ top: 4, right: 0, bottom: 0, left: 0 }}
        accessibilityLayer
        title="Changes by hour"
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="hour"
          tickLine={false}
          axisLine={false}
          interval={5}
          tick={{ fill: "var(--ink-soft)", fontSize: 12 }}
        />
        <YAxis
          width={40}
          tickLine={false}
          axisLine={false}
          tickCount={3}
          tickFormatter={compact}
          tick={{ fill: "var(--ink-soft)", fontSize: 12 }}
        />
        <Tooltip
          cursor={{ fill: "var(--wash)" }}
          formatter={(value) => [count(Number(value)), "changes"]}
          labelFormatter={(label) => `${label}:00`}
          contentStyle={{ background: "var(--panel)", border: "1px solid var(--line)", borderRadius: 8, fontSize: 13 }}
        />
        <Bar dataKey="moves" fill="var(--survey)" radius={[2, 2, 0, 0]} isAnimationActive={false} />
      </BarChart>
    </ResponsiveContainer>
  );
}
