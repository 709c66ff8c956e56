import { EmptyState } from "@/components/states";
import { Tooltip, TooltipContent, TooltipTrigger } from "@/components/ui/tooltip";
import { fieldName, fieldText, recordId, sourceName } from "./field-words";
import type { ClientDetail } from "./queries";

interface Said {
  record: string;
  text: string;
}

/** What each member says of a field, the source of the golden value first. */
export function saidOf(detail: ClientDetail, field: string, record: string): Said[] {
  const said = detail.members.flatMap((member) => {
    const found = member.fields.find((one) => one.field === field);
    return found === undefined ? [] : [{ record: member.record, text: found.text }];
  });
  return said.sort((a, b) => Number(b.record === record) - Number(a.record === record));
}

/** Each value with the record it was taken from; hover or focus shows what the others say. */
export function GoldenRecord({ detail }: { detail: ClientDetail }) {
  if (detail.golden.length === 0)
    return <EmptyState title="Nothing known">No record of it says anything yet.</EmptyState>;
  return (
    <dl className="divide-y rounded-lg border bg-card text-table">
      {detail.golden.map(({ field, text, record }) => {
        const said = saidOf(detail, field, record);
        const texts = new Set(said.map((one) => one.text)).size;
        return (
          <div key={field} className="flex min-h-8 items-baseline gap-3 px-3 py-1">
            <dt className="w-29 shrink-0 text-muted-foreground">{fieldName(field)}</dt>
            <dd className="min-w-0 flex-1 break-words">{fieldText(field, text)}</dd>
            <dd className="shrink-0">
              <Source field={field} record={record} said={said} texts={texts} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function Source({ field, record, said, texts }: { field: string; record: string; said: Said[]; texts: number }) {
  return (
    <Tooltip>
      <TooltipTrigger asChild>
        <button
          type="button"
          className="inline-flex min-h-6 items-center gap-1.5 rounded-sm px-1 text-label text-muted-foreground hover:bg-muted"
        >
          <span className="sr-only">{fieldName(field)}:</span>
          {texts > 1 && <span className="text-attention">{texts} values</span>}
          {sourceName(record)}
        </button>
      </TooltipTrigger>
      <TooltipContent side="left" className="max-w-96">
        <ul className="flex flex-col gap-1 py-0.5">
          {said.map((one) => (
            <li key={one.record}>
              <span className="font-medium">{fieldText(field, one.text)}</span>
              <br />
              {sourceName(one.record)} {recordId(one.record)}
              {one.record === record && ", taken"}
            </li>
          ))}
        </ul>
      </TooltipContent>
    </Tooltip>
  );
}
