import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";

export const TABS = ["overview", "members", "evidence", "territory", "history", "hierarchy"] as const;
export type Tab = (typeof TABS)[number];

/** The panel in the address: which client, which tab, and the territory that "why not" asks about. */
export function usePanelAddress() {
  const [address, set] = useQueryStates(
    {
      client: parseAsString,
      tab: parseAsStringLiteral(TABS).withDefault("overview"),
      against: parseAsString,
    },
    { history: "push" },
  );
  return {
    tab: address.tab,
    against: address.against,
    toTab: (tab: Tab) => void set({ tab }, { history: "replace" }),
    ask: (against: string | null) => void set({ against }),
    open: (client: string) => void set({ client, against: null }),
    close: () => void set({ client: null, tab: null, against: null }),
  };
}
