import { useLocation } from "react-router";

/** The same page with this client's panel open over it: every view of the page stays in the address. */
export function useClientHref(): (id: string) => string {
  const { pathname, search } = useLocation();
  return (id) => {
    const query = new URLSearchParams(search);
    query.set("client", id);
    return `${pathname}?${query}`;
  };
}

export const territoryHref = (id: string): string => `/territories/${encodeURIComponent(id)}`;
export const advisorHref = (id: string): string => `/advisors/${encodeURIComponent(id)}`;
export const clientsHref = (filters: Record<string, string>): string => `/clients?${new URLSearchParams(filters)}`;
