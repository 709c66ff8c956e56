/** Order that waits while somebody points at it: what a hand is about to press must not move away. */

import { type FocusEvent, useState } from "react";

/** Whether the pointer or the focus is in an element, and what to put on that element to know. */
export function useEngaged() {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const on = {
    onPointerEnter: () => setPointed(true),
    onPointerLeave: () => setPointed(false),
    onFocus: () => setFocused(true),
    onBlur: ({ currentTarget, relatedTarget }: FocusEvent) => setFocused(currentTarget.contains(relatedTarget)),
  };
  return { engaged: pointed || focused, on };
}

/** The newest value, or while `held` the one that stood before; another `key` is a wish for the newest. */
export function useSteady<T>(value: T, held: boolean, key: string): T {
  const [kept, setKept] = useState({ value, key });
  const keep = held && kept.key === key;
  if (!keep && (kept.value !== value || kept.key !== key)) setKept({ value, key });
  return keep ? kept.value : value;
}
