/**
 * Keys of the whole page. Single keys may be turned off, because a slip of speech input or of a hand can press one; they
 * do nothing while somebody types or while something lies over the page.
 */

import { useEffect, useRef, useSyncExternalStore } from "react";
import { useNavigate } from "react-router";

const KEY = "cadastre.single-keys";
const SEQUENCE_MS = 1_500;

const PAGE_KEYS: Readonly<Record<string, string>> = { d: "/", t: "/territories", c: "/clients", a: "/advisors" };

export const SHORTCUTS: readonly { keys: readonly string[]; does: string; single: boolean }[] = [
  { keys: ["Ctrl", "K"], does: "Search and act, from anywhere", single: false },
  { keys: ["g", "d"], does: "Go to the dashboard", single: true },
  { keys: ["g", "t"], does: "Go to territories", single: true },
  { keys: ["g", "c"], does: "Go to clients", single: true },
  { keys: ["g", "a"], does: "Go to advisors", single: true },
  { keys: ["/"], does: "Search on this page", single: true },
  { keys: ["?"], does: "Show these shortcuts", single: true },
];

/** In a tree table; the browser's own keys do the rest. */
export const TREE_KEYS: readonly { keys: readonly string[]; does: string }[] = [
  { keys: ["↑", "↓"], does: "Walk the rows" },
  { keys: ["→", "←"], does: "Open and go in, go out and close" },
  { keys: ["Enter"], does: "Show what lies behind the row" },
];

const listeners = new Set<() => void>();
const on = (): boolean => localStorage.getItem(KEY) !== "off";

export function setSingleKeys(wanted: boolean): void {
  if (wanted) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, "off");
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useSingleKeys = (): boolean => useSyncExternalStore(subscribe, on);

export type Pressed = { does: "go"; to: string } | { does: "search" } | { does: "help" } | { does: "begin" } | null;

/** What a key means after `g` was pressed, or after nothing. */
export function meaning(key: string, afterG: boolean): Pressed {
  const to = PAGE_KEYS[key];
  if (afterG && to !== undefined) return { does: "go", to };
  if (key === "g") return { does: "begin" };
  if (key === "/") return { does: "search" };
  if (key === "?") return { does: "help" };
  return null;
}

const BUSY = "input, textarea, select, [contenteditable=true], [role=dialog], [role=menu], [role=listbox]";

function meant({ defaultPrevented, ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  const free = !(target instanceof Element) || target.closest(BUSY) === null;
  return free && !defaultPrevented && !ctrlKey && !metaKey && !altKey;
}

export function useShortcuts(help: () => void): void {
  const navigate = useNavigate();
  const enabled = useSingleKeys();
  const begun = useRef(0);
  const latest = useRef(help);
  useEffect(() => {
    latest.current = help;
  });
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (!meant(event)) return;
      const pressed = meaning(event.key, event.timeStamp - begun.current < SEQUENCE_MS);
      begun.current = pressed?.does === "begin" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (pressed === null || pressed.does === "begin") return;
      event.preventDefault();
      if (pressed.does === "go") void navigate(pressed.to);
      if (pressed.does === "search") document.querySelector<HTMLElement>("#page input[type=search]")?.focus();
      if (pressed.does === "help") latest.current();
    };
    begun.current = Number.NEGATIVE_INFINITY;
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [enabled, navigate]);
}
