import { useMe } from "@/lib/me";

/** No territory that may be named: none at all, or one that is not in the regions of who looks. */
export function Elsewhere({ end }: { end: "origin" | "target" }) {
  const scoped = useMe()?.regions !== null;
  const none = end === "origin" ? "new or unassigned" : "ended or unassigned";
  return <span className="text-muted-foreground">{scoped ? `${none}, or outside` : none}</span>;
}
