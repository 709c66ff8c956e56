import { parseAsString, useQueryState } from "nuqs";

/** The client whose panel is open, whichever page lies under it. */
export const useClientInAddress = () => useQueryState("client", parseAsString.withOptions({ history: "push" }));
