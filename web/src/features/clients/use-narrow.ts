import { useSyncExternalStore } from "react";

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}

/** Where a table has no room and its rows become cards. */
export const useNarrow = (): boolean => useMedia("(max-width: 767px)");
/** Where facets stand beside the list. */
export const useWide = (): boolean => useMedia("(min-width: 1024px)");
