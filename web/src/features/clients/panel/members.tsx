import { useId, useState } from "react";
import { EmptyState } from "@/components/states";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/lib/cn";
import { NONE, plural } from "@/lib/format";
import { fieldName, fieldText, recordId, sourceName } from "./field-words";
import type { ClientDetail } from "./queries";

export interface Line {
  field: string;
  /** One for each member, in their order; null where it says nothing. */
  texts: (string | null)[];
  golden: string | null;
  differs: boolean;
}

const plain = (text: string): string => text.trim().toLowerCase();

/** The records as a grid of fields. Silence is no difference; neither is how a word is written large or small. */
export function lines({ members, golden }: Pick<ClientDetail, "members" | "golden">): Line[] {
  const fields = [...golden.map((one) => one.field)];
  for (const one of members.flatMap((member) => member.fields)) {
    if (!fields.includes(one.field)) fields.push(one.field);
  }
  return fields.map((field) => {
    const texts = members.map((member) => member.fields.find((one) => one.field === field)?.text ?? null);
    const said = new Set(texts.filter((text) => text !== null).map(plain));
    return {
      field,
      texts,
      golden: golden.find((one) => one.field === field)?.text ?? null,
      differs: said.size > 1,
    };
  });
}

export function Members({ detail }: { detail: ClientDetail }) {
  const [only, setOnly] = useState(false);
  const id = useId();
  const all = lines(detail);
  const differing = all.filter((line) => line.differs);
  const shown = only ? differing : all;
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2 pb-3 text-table">
        <span className="text-muted-foreground">
          {plural(detail.members.length, "record")}, {plural(differing.length, "field")} with differences
        </span>
        <label htmlFor={id} className="flex min-h-6 cursor-pointer items-center gap-2">
          <Checkbox id={id} checked={only} onCheckedChange={(on) => setOnly(on === true)} />
          Differences only
        </label>
      </div>
      {shown.length === 0 ? (
        <EmptyState title="No differences">
          {detail.members.length === 1 ? "It is made of one record." : "All records say the same, or nothing."}
        </EmptyState>
      ) : (
        <Grid detail={detail} shown={shown} />
      )}
    </>
  );
}

function Grid({ detail, shown }: { detail: ClientDetail; shown: Line[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section tabIndex={0} aria-label="Records side by side" className="overflow-x-auto rounded-lg border bg-card">
      <table className="w-full border-separate border-spacing-0 text-table">
        <thead>
          <tr>
            <th scope="col" className="sticky left-0 z-10 border-b bg-card px-3 py-2 text-left font-medium text-label">
              Field
            </th>
            {detail.members.map((member) => (
              <th
                key={member.record}
                scope="col"
                className="min-w-44 border-b px-3 py-2 text-left align-top text-label"
              >
                <span className="block font-medium">{sourceName(member.record)}</span>
                <span className="block max-w-44 truncate font-normal text-muted-foreground" title={member.record_id}>
                  {recordId(member.record)}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((line) => (
            <tr key={line.field}>
              <th
                scope="row"
                className="sticky left-0 z-10 border-b bg-card px-3 py-1.5 text-left align-top font-normal text-muted-foreground"
              >
                {fieldName(line.field)}
                {line.differs && <span className="block text-attention text-label">differs</span>}
              </th>
              {detail.members.map((member, i) => {
                const text = line.texts[i] ?? null;
                const taken = text !== null && text === line.golden;
                return (
                  <td
                    key={member.record}
                    className={cn(
                      "max-w-60 break-words border-b px-3 py-1.5 align-top",
                      line.differs && taken && "bg-accent",
                      line.differs && !taken && "text-muted-foreground",
                    )}
                  >
                    {text === null ? <span className="text-faint">{NONE}</span> : fieldText(line.field, text)}
                    {line.differs && taken && (
                      <span className="block text-label text-primary">in the golden record</span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
