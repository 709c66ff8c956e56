import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AccountMenu } from "@/app/account-menu";
import type { ClientRow } from "@/features/clients/rows";
import { ClientsTable, type TableProps } from "@/features/clients/table";
import { setDensity } from "@/lib/appearance";
import { meQuery } from "@/lib/me";
import beforePaint from "../../public/theme.js?raw";

const acme: ClientRow = {
  ...{
    id: "acme",
    name: "Acme",
    status: "assigned" as const,
    members: 1,
    confidence: 100,
    conflicts: 0,
    version: "1.1",
  },
  ...{ territory: null, region: null, advisor: null, tier: null, segment: null, decided_by: null },
  ...{ aum: null, aum_usd: null, city: null, country: null, industry: null, client_type: null },
  changed_at: "2026-11-24T14:43:10Z",
};

const nothing = () => undefined;
const list: TableProps = {
  rows: [acme],
  total: 1,
  more: false,
  loadMore: nothing,
  sort: "name",
  onSort: nothing,
  hidden: [],
  typed: "",
  open: null,
  onOpen: nothing,
  tinted: new Set(),
  gone: new Set(),
  narrow: false,
  dimmed: false,
};

function shown() {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  queries.setQueryData(meQuery.queryKey, { name: "Ada", role: "analyst", regions: null, permissions: [] } as never);
  return render(
    <QueryClientProvider client={queries}>
      <MemoryRouter>
        <AccountMenu />
        <ClientsTable {...list} />
      </MemoryRouter>
    </QueryClientProvider>,
  );
}

const rowHeight = () => screen.getByRole("row", { name: /Acme/ }).style.height;
const choice = (name: string) => screen.getByRole("menuitemradio", { name });

beforeEach(() => {
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(400); // jsdom lays nothing out: no row is in sight
});

afterEach(() => {
  vi.restoreAllMocks();
  act(() => setDensity("comfortable"));
  localStorage.clear();
});

test("whoever wants rows closer chooses it by keyboard in the account's menu, and the list is closer at once", async () => {
  const user = userEvent.setup();
  shown();
  expect(rowHeight()).toBe("40px");
  screen.getByRole("button", { name: "Ada" }).focus();
  await user.keyboard("{Enter}");
  expect(choice("Comfortable").getAttribute("aria-checked")).toBe("true");
  await user.keyboard("com{ArrowDown}{Enter}");
  expect(rowHeight()).toBe("32px");
  expect(document.documentElement.dataset.density).toBe("compact");
  expect(screen.queryByRole("menu")).toBeNull();
});

test("the choice is remembered on this device: the next visit has it before the first paint, and the menu shows it", async () => {
  const user = userEvent.setup();
  const first = shown();
  await user.click(screen.getByRole("button", { name: "Ada" }));
  await user.click(choice("Compact"));
  first.unmount();
  delete document.documentElement.dataset.density;

  new Function(beforePaint)();
  expect(document.documentElement.dataset.density).toBe("compact");
  shown();
  expect(rowHeight()).toBe("32px");
  await user.click(screen.getByRole("button", { name: "Ada" }));
  expect(choice("Compact").getAttribute("aria-checked")).toBe("true");
  await user.click(choice("Comfortable"));
  expect(rowHeight()).toBe("40px");
});
