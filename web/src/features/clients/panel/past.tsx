/** What the warehouse keeps of a client: each assignment, and each golden record by what it changed. */

import { useQuery } from "@tanstack/react-query";
import { WarehouseIcon } from "lucide-react";
import { type ReactNode, useId } from "react";
import { EmptyState, ErrorState } from "@/components/states";
import { TierMark } from "@/components/tier-mark";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { ApiProblem, type Schemas } from "@/lib/api-client";
import { NONE, plural, utc, words } from "@/lib/format";
import { fieldName, fieldText } from "./field-words";
import { historyQuery } from "./queries";
import { Moment, Timeline } from "./timeline";

type Kept = Schemas["History"];
type Entry = Schemas["HistoryEntry"];
type Version = Schemas["HistoryVersion"];

export function Past({ client }: { client: string }) {
  const asked = useQuery(historyQuery(client));
  if (asked.isPending) return <Skeleton className="h-40" />;
  if (asked.isError) {
    const away = asked.error instanceof ApiProblem && asked.error.status === 503;
    if (!away) return <ErrorState error={asked.error} retry={() => void asked.refetch()} />;
    return <Away askAgain={() => void asked.refetch()} />;
  }
  return <Told kept={asked.data} />;
}

function Away({ askAgain }: { askAgain: () => void }) {
  return (
    <Alert>
      <WarehouseIcon aria-hidden />
      <span>
        <span className="block font-medium">The warehouse is away.</span>
        Older assignments and golden records are kept there; the last 24 hours above come from the log.{" "}
        <Button variant="link" size="text" onClick={askAgain}>
          Ask again
        </Button>
      </span>
    </Alert>
  );
}

/** What holds now is said only where the warehouse has loaded all that the rest of the panel shows. */
export function Told({ kept }: { kept: Kept }) {
  const { entries, versions, complete } = kept;
  return (
    <>
      {!complete && <Behind kept={kept} />}
      <Part title="Every assignment">
        {entries.length === 0 ? (
          <EmptyState title="Not there yet">
            The warehouse has not loaded this client; it does so within minutes.
          </EmptyState>
        ) : (
          <Timeline>
            {entries.map((entry) => (
              <Held
                key={entry.effective_from}
                entry={entry}
                last={complete ? "holds now" : "the last that is loaded"}
              />
            ))}
          </Timeline>
        )}
      </Part>
      {versions.length > 0 && (
        <Part title="Every golden record">
          <Timeline>
            {versions.map((version, i) => (
              <Golden
                key={`${version.valid_from}/${version.valid_to}`}
                version={version}
                first={i === versions.length - 1}
              />
            ))}
          </Timeline>
        </Part>
      )}
      {complete && kept.watermark !== null && (
        <p className="text-label text-muted-foreground">Complete up to {utc(kept.watermark)}.</p>
      )}
    </>
  );
}

function Behind({ kept: { watermark, loaded_at: loadedAt } }: { kept: Kept }) {
  return (
    <Alert variant="attention">
      <WarehouseIcon aria-hidden />
      <span>
        <span className="block font-medium">The warehouse is behind.</span>
        It has not loaded the newest changes of this client
        {watermark !== null && `, only those up to ${utc(watermark)}`}. The last 24 hours above come from the log.
        {loadedAt !== null && ` Its last load was checked at ${utc(loadedAt)}.`}
      </span>
    </Alert>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className="pb-2 font-semibold text-section">
        {title}
      </h3>
      {children}
    </section>
  );
}

function Held({ entry, last }: { entry: Entry; last: string }) {
  return (
    <Moment at={entry.effective_from} title={entry.territory.name} now={entry.effective_to === null}>
      {entry.advisor !== null && <span>{entry.advisor.name}</span>}
      <TierMark tier={entry.tier} />
      {entry.segment !== null && <span>{words(entry.segment)}</span>}
      {entry.decided_by !== null && <span>by {words(entry.decided_by).toLowerCase()}</span>}
      {entry.effective_to === null ? <span>{last}</span> : <span>until {utc(entry.effective_to)}</span>}
    </Moment>
  );
}

function Golden({ version, first }: { version: Version; first: boolean }) {
  return (
    <Moment at={version.valid_from} title={versionWords(version, first)} now={version.valid_to === null}>
      {!first &&
        version.changes.map(({ field, before, after }) => (
          <span key={field} className="min-w-0 basis-full break-words">
            {fieldName(field)}: <del className="no-underline">{said(field, before)}</del> →{" "}
            <ins className="text-foreground no-underline">{said(field, after)}</ins>
          </span>
        ))}
    </Moment>
  );
}

/** What a golden record changed; of the oldest one all is new. */
export function versionWords({ status, changes }: Pick<Version, "status" | "changes">, first: boolean): string {
  if (status === "ended") return "Ended";
  if (first) return `The first that is kept, of ${plural(changes.length, "field")}`;
  if (changes.length === 0) return "Nothing that is kept here changed";
  return `${changes.map(({ field }) => fieldName(field)).join(", ")} changed`;
}

const said = (field: string, text: string | null): string => (text === null ? NONE : fieldText(field, text));
