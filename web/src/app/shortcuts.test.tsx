import { act, fireEvent, render, screen } from "@testing-library/react";
import { MemoryRouter, useLocation } from "react-router";
import { afterEach, expect, test, vi } from "vitest";
import { setSingleKeys, useShortcuts } from "@/app/shortcuts";

function Page({ help }: { help: () => void }) {
  useShortcuts(help);
  return (
    <main id="page">
      <p>{useLocation().pathname}</p>
      <input type="search" aria-label="Filter" />
    </main>
  );
}

function shown() {
  const help = vi.fn();
  render(
    <MemoryRouter initialEntries={["/somewhere"]}>
      <Page help={help} />
    </MemoryRouter>,
  );
  return help;
}
const press = (...keys: string[]) =>
  keys.map((key) => fireEvent.keyDown(document.activeElement ?? document.body, { key }));

afterEach(() => act(() => setSingleKeys(true)));

test("g and a page's letter go there; a letter alone does not", () => {
  shown();
  press("t");
  expect(screen.getByText("/somewhere")).toBeTruthy();
  press("g", "t");
  expect(screen.getByText("/territories")).toBeTruthy();
  press("g", "x", "a");
  expect(screen.getByText("/territories")).toBeTruthy();
  press("g", "a");
  expect(screen.getByText("/advisors")).toBeTruthy();
});

test("? asks for the list, / goes to the search of the page, and what is typed there is text", () => {
  const help = shown();
  press("?");
  expect(help).toHaveBeenCalledOnce();
  press("/");
  expect(document.activeElement).toBe(screen.getByLabelText("Filter"));
  press("g", "d", "?");
  expect(screen.getByText("/somewhere")).toBeTruthy();
  expect(help).toHaveBeenCalledOnce();
});

test("keys with Ctrl are the browser's", () => {
  shown();
  fireEvent.keyDown(document.body, { key: "g" });
  fireEvent.keyDown(document.body, { key: "t", ctrlKey: true });
  expect(screen.getByText("/somewhere")).toBeTruthy();
});

test("turned off, single keys do nothing", () => {
  const help = shown();
  act(() => setSingleKeys(false));
  press("g", "t", "?");
  expect(help).not.toHaveBeenCalled();
  expect(screen.getByText("/somewhere")).toBeTruthy();
});
