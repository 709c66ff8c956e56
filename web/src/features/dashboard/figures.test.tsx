import { act, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { Schemas } from "@/lib/api-client";
import { connection } from "@/lib/live/connection";
import { Figures } from "./figures";

type Figure = Schemas["Figure"];

const figure = (key: Figure["key"], value: number, ...points: number[]): Figure => ({
  key,
  value,
  points: points.map((point, hour) => ({ at: `2026-11-24T0${hour}:00:00Z`, value: point })),
});

const SIX: Figure[] = [
  figure("clients", 12_345, 12_000, 12_400, 12_345),
  figure("aum_usd", 1_250_000_000, 1_500_000_000, 1_250_000_000),
  figure("assigned_percent", 98.76, 98, 98.76),
  figure("moves_24h", 4_321, 10, 0),
  figure("advisors_over_capacity", 3, 3, 3),
  figure("balance_percent", 87.5, 87.5),
];

const card = (name: string) => screen.getByRole("region", { name });
const texts = (name: string) => [...card(name).querySelectorAll("p")].map((line) => line.textContent);
/** The line's corners, from the left to the right: how far down each is. */
const line = (name: string) =>
  within(card(name))
    .getByRole("img", { name: `${name} over the last 24 hours` })
    .querySelector("path")
    ?.getAttribute("d")
    ?.split(/[ML]/)
    .slice(1)
    .map((corner) => corner.split(" ").map(Number));

afterEach(() => act(() => connection.store.clear()));

test("six figures each say their name, their value and what the day did to it", () => {
  render(<Figures atFirst={SIX} />);
  expect(within(screen.getByRole("list", { name: "Figures" })).getAllByRole("listitem")).toHaveLength(6);
  expect(texts("Clients")).toEqual(["Clients", "12,345", "+345 in a day"]);
  expect(texts("AUM, US dollars")).toEqual(["AUM, US dollars", "$1.25B", "−$250M in a day"]);
  expect(texts("Assigned")).toEqual(["Assigned", "98.8 %", "1.2 % unassigned"]);
  expect(texts("Moves in 24 hours")).toEqual(["Moves in 24 hours", "4,321", "None in this hour"]);
  expect(texts("Over capacity")).toEqual(["Over capacity", "3", "As a day ago"]);
  expect(texts("Balance of loads")).toEqual(["Balance of loads", "87.5 %", "100 % is even"]);
});

test("a sparkline goes from the day's first value to its last, its highest point at the top and its lowest at the bottom", () => {
  render(<Figures atFirst={SIX} />);
  const [top, bottom] = [3, 25];
  const rises = line("Clients") ?? [];
  expect(rises.map(([x]) => x)).toEqual([0, 60, 120]);
  expect(rises[0]?.[1]).toBe(bottom);
  expect(rises[1]?.[1]).toBe(top);
  expect(rises[2]?.[1]).toBeCloseTo(bottom - (345 / 400) * (bottom - top), 0);
  expect(line("AUM, US dollars")).toEqual([
    [0, top],
    [120, bottom],
  ]);
  expect(new Set(line("Over capacity")?.map(([, y]) => y)).size).toBe(1); // a day without change is level
});

test("what the channel says takes the place of what was asked for at first", () => {
  render(<Figures atFirst={SIX} />);
  const rows = SIX.map((one) => ({ k: one.key, ver: 1, d: one.key === "clients" ? { ...one, value: 12_346 } : one }));
  act(() =>
    connection.store.take({ type: "snapshot", ch: "figures", epoch: "e", seq: 1, complete: true, rows } as never),
  );
  expect(texts("Clients")[1]).toBe("12,346");
  expect(texts("Assigned")[1]).toBe("98.8 %");
});

test("until any are known there is a place for each, and no figure that is not true", () => {
  render(<Figures atFirst={undefined} />);
  expect(screen.queryByRole("list", { name: "Figures" })).toBeNull();
  expect(document.body.textContent).toBe("");
});
