import { useState } from "react";

const KEY = "cadastre.clients.hidden-columns";
const AT_FIRST = "type,country,confidence"; // the facets and the panel tell them; the name needs the room

/** Columns that this device does not show. What is kept is what is hidden, so that a new column is seen. */
export function useHiddenColumns(): [string[], (hidden: string[]) => void] {
  const [hidden, set] = useState<string[]>(() => (localStorage.getItem(KEY) ?? AT_FIRST).split(",").filter(Boolean));
  return [
    hidden,
    (next) => {
      localStorage.setItem(KEY, next.join(","));
      set(next);
    },
  ];
}
