import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useRef, useState } from "react";
import { expect, test } from "vitest";
import { ColumnMenu } from "./column-menu";
import { FilterSheet } from "./filter-sheet";
import { SortMenu } from "./sort-menu";
import type { Sort } from "./view";

function Columns() {
  const [hidden, setHidden] = useState<readonly string[]>(["type"]);
  return (
    <>
      <ColumnMenu hidden={hidden} onChange={setHidden} />
      <p>Hidden: {hidden.join(", ")}</p>
    </>
  );
}

test("columns are hidden and shown by keyboard, one after the other; the name cannot be hidden", async () => {
  const user = userEvent.setup();
  render(<Columns />);
  await user.tab();
  await user.keyboard("{Enter}");
  expect(screen.queryByRole("menuitemcheckbox", { name: "Name" })).toBeNull();
  const territory = screen.getByRole("menuitemcheckbox", { name: "Territory" });
  expect([document.activeElement, territory.getAttribute("aria-checked")]).toEqual([territory, "true"]);
  await user.keyboard("{Enter}{ArrowDown}{Enter}");
  screen.getByText("Hidden: type, territory, advisor");
  expect(territory.getAttribute("aria-checked")).toBe("false");
  await user.keyboard("ty{Enter}{Escape}");
  screen.getByText("Hidden: territory, advisor");
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Columns" }));
});

function Sorting() {
  const [sort, setSort] = useState<Sort>("-aum");
  return <SortMenu sort={sort} onSort={setSort} />;
}

test("the order of cards is chosen by keyboard, and the button says which it is", async () => {
  const user = userEvent.setup();
  render(<Sorting />);
  await user.tab();
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Sort: Largest first" }));
  await user.keyboard("{Enter}");
  expect(screen.getByRole("menuitemradio", { checked: true }).textContent).toBe("Largest first");
  await user.keyboard("changed{Enter}");
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Sort: Changed last" }));
});

function Filters() {
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button ref={opener} type="button" onClick={() => setOpen(true)}>
        Filters
      </button>
      {open && (
        <FilterSheet opener={opener} onClose={() => setOpen(false)}>
          <input aria-label="AUM from" />
        </FilterSheet>
      )}
    </>
  );
}

test("the filters of a narrow screen take the focus, and give it back to their button", async () => {
  const user = userEvent.setup();
  render(<Filters />);
  await user.tab();
  await user.keyboard("{Enter}");
  expect(screen.getByRole("dialog", { name: "Filters" }).contains(document.activeElement)).toBe(true);
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("dialog")).toBeNull();
  await expect.poll(() => document.activeElement).toBe(screen.getByRole("button", { name: "Filters" }));
});
