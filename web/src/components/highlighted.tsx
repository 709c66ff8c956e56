/** A name with the words that were looked for marked in it. */
export function Highlighted({ text, words }: { text: string; words: string }) {
  const wanted = words.trim();
  const at = wanted === "" ? -1 : text.toLocaleLowerCase().indexOf(wanted.toLocaleLowerCase());
  if (at < 0) return <>{text}</>;
  return (
    <>
      {text.slice(0, at)}
      <mark className="rounded-[2px] bg-accent text-inherit underline decoration-primary underline-offset-2">
        {text.slice(at, at + wanted.length)}
      </mark>
      {text.slice(at + wanted.length)}
    </>
  );
}
