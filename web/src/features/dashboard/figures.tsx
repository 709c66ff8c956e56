import { TriangleAlertIcon } from "lucide-react";
import { Sparkline } from "@/components/sparkline";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import type { Schemas } from "@/lib/api-client";
import { useRowsOr } from "@/lib/live/hooks";
import { changeInWords, FIGURES, type FigureKey } from "./figure-words";

const ORDER = Object.keys(FIGURES) as FigureKey[];
const GRID = "grid grid-cols-2 gap-3 md:grid-cols-3 md:gap-4 xl:grid-cols-6";

/** `atFirst`: until the channel has spoken. */
export function Figures({ atFirst }: { atFirst: Schemas["Figure"][] | undefined }) {
  const figures = useRowsOr<Schemas["Figure"]>("figures", atFirst);
  if (figures === undefined) {
    return (
      <div className={GRID}>
        {ORDER.map((key) => (
          <Skeleton key={key} className="h-[138px]" />
        ))}
      </div>
    );
  }
  const byKey = new Map(figures.map((figure) => [figure.key, figure]));
  return (
    <ul className={GRID} aria-label="Figures">
      {ORDER.map((key) => {
        const figure = byKey.get(key);
        return figure && <FigureCard key={key} figure={figure} />;
      })}
    </ul>
  );
}

function FigureCard({ figure }: { figure: Schemas["Figure"] }) {
  const { name, written } = FIGURES[figure.key];
  const needsSomebody = figure.key === "advisors_over_capacity" && figure.value > 0;
  return (
    <li className="contents">
      <Card className="flex flex-col px-4 pt-3 pb-2" aria-label={name}>
        <p className="flex items-center gap-1.5 text-label text-muted-foreground">
          {needsSomebody && <TriangleAlertIcon className="size-3.5 text-attention" aria-hidden />}
          {name}
        </p>
        <p className="num font-semibold text-figure tracking-tight" data-figure={figure.key}>
          {written(figure.value)}
        </p>
        <p className="truncate text-label text-muted-foreground">{changeInWords(figure)}</p>
        <div className="mt-2">
          <Sparkline points={figure.points} label={`${name} over the last 24 hours`} />
        </div>
      </Card>
    </li>
  );
}
