import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { expect, test } from "vitest";
import type { Schemas } from "@/lib/api-client";
import { BalanceCard } from "./balance";
import { TerritoriesCard } from "./territories";
import { Tiers } from "./tiers";

const shown = (card: ReactNode) => render(<MemoryRouter>{card}</MemoryRouter>);

const tier = (value: string, clients: number, aum_usd: string) => ({ value, label: value, clients, aum_usd });
const advisor = (id: string, load: number): Schemas["AdvisorRow"] => ({
  ...{ id, name: id, load, clients: 100 * load, capacity: 100, aum_usd: "0.00", active: true, territories: [] },
  ...{ over_capacity: load > 1, moves_in: 0, moves_out: 0 },
});
const territory = (name: string, clients: number, aum_usd: string): Schemas["TerritoryRow"] => ({
  ...{ id: name.toLowerCase(), name, clients, aum_usd, region: { id: "emea", name: "EMEA" } },
  ...{ advisors: 1, capacity: 100, load: 0, moves_in: 0, moves_out: 0 },
});

/** The widths of all bars within, in the order that they are read in. */
const widths = (within: Element) =>
  [...within.querySelectorAll<HTMLElement>("[style*=width]")].map((bar) => bar.style.width);

test("tiers stand from the highest on, each with its clients, its money and a way to them", () => {
  shown(<Tiers tiers={[tier("bronze", 60, "100.00"), tier("platinum", 10, "800.00"), tier("gold", 30, "100.00")]} />);
  const [, ...rows] = screen.getAllByRole("row");
  expect(
    rows.map((row) =>
      within(row)
        .getAllByRole("cell")
        .map((cell) => cell.textContent),
    ),
  ).toEqual([
    ["Platinum", "10", "$800"],
    ["Gold", "30", "$100"],
    ["Bronze", "60", "$100"],
  ]);
  expect(screen.getByRole("link", { name: "Gold" }).getAttribute("href")).toBe("/clients?tier=gold");
});

test("two bars of one whole show each tier's share of clients and of the money, and name it on hover", () => {
  const { container } = shown(<Tiers tiers={[tier("gold", 25, "900.00"), tier("silver", 75, "100.00")]} />);
  expect(widths(container)).toEqual(["25%", "75%", "90%", "10%"]);
  expect(screen.getAllByTitle(/:/).map((bar) => bar.title)).toEqual([
    "Gold: 25.0 %",
    "Silver: 75.0 %",
    "Gold: 90.0 %",
    "Silver: 10.0 %",
  ]);
});

test("balance names who carries most and who has room, with their loads, and leads to them", () => {
  const over = [advisor("Yara", 2.9), advisor("Oscar", 1.2)];
  shown(<BalanceCard balance={{ index: 0.8, mean_load: 0.59, over, under: [advisor("Theo", 0.075)] }} />);
  screen.getByText("Clients against capacity; the mean is 59 %");
  expect(screen.getAllByRole("link").map((link) => link.textContent)).toEqual(["Yara290 %", "Oscar120 %", "Theo8 %"]);
  expect(screen.getByRole("link", { name: /Theo/ }).getAttribute("href")).toBe("/advisors/Theo");
  screen.getByRole("heading", { name: "Most loaded" });
  screen.getByRole("heading", { name: "Room for more" });
});

test("a bar is as long as its load, to a full book and half more; only one over its book is coloured as such", () => {
  const of = (load: number) => {
    const { container, unmount } = shown(
      <BalanceCard balance={{ index: 0, mean_load: load, over: [advisor("Ada", load)], under: [] }} />,
    );
    const [bar] = widths(container);
    const marked = container.querySelector(".bg-destructive") !== null;
    unmount();
    return [bar, marked];
  };
  expect([0, 0.75, 1, 1.2, 2.9].map(of)).toEqual([
    ["0%", false],
    ["50%", false],
    ["66.66666666666666%", false],
    ["80%", true],
    ["100%", true],
  ]);
});

test("territories stand with the largest first, each bar against the longest, by clients or, on wish, by money", async () => {
  const rows = [territory("Alps", 20, "900.00"), territory("Bay", 80, "300.00"), territory("Cape", 40, "0.00")];
  const { container } = shown(<TerritoriesCard atFirst={rows} />);
  const names = () => screen.getAllByRole("link").map((link) => link.textContent);
  screen.getByText("The 3 largest of 3");
  expect(names()).toEqual(["Bay80", "Cape40", "Alps20"]);
  expect(widths(container)).toEqual(["100%", "50%", "25%"]);
  expect(screen.getByRole("link", { name: /Bay/ }).getAttribute("href")).toBe("/territories/bay");
  screen.getByTitle("Bay, EMEA");

  await userEvent.click(screen.getByRole("radio", { name: "AUM" }));
  expect(names()).toEqual(["Alps$900", "Bay$300", "Cape$0"]);
  expect(widths(container)).toEqual(["100%", "33.333333333333336%", "0%"]);
});
