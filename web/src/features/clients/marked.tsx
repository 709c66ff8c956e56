import { Fragment } from "react";

const SOURCE = /(?<!\S)[a-z0-9][a-z0-9_.-]*:(?=\S)/gi;

/** Where the typed words begin words of a text, as the search of the api finds them: of a record by its id alone. */
export function parts(text: string, typed: string): { text: string; hit: boolean }[] {
  const wanted = typed.replace(SOURCE, " ").match(/[\p{L}\p{N}]+/gu) ?? [];
  if (wanted.length === 0) return [{ text, hit: false }];
  const found = new RegExp(`(?<![\\p{L}\\p{N}])(?:${wanted.join("|")})`, "giu");
  const told: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (const match of text.matchAll(found)) {
    if (match.index > at) told.push({ text: text.slice(at, match.index), hit: false });
    told.push({ text: match[0], hit: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) told.push({ text: text.slice(at), hit: false });
  return told;
}

export function Marked({ text, typed }: { text: string; typed: string }) {
  let at = 0;
  return parts(text, typed).map((part) => {
    at += part.text.length;
    return part.hit ? (
      <mark key={at} className="rounded-[2px] bg-accent text-foreground underline decoration-primary">
        {part.text}
      </mark>
    ) : (
      <Fragment key={at}>{part.text}</Fragment>
    );
  });
}
