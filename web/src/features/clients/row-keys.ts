/** One row of the list is in the tab order; arrows, Page, Home and End move on from it, into rows not drawn yet too. */

import { defaultRangeExtractor, type Range } from "@tanstack/react-virtual";
import { type KeyboardEvent, type RefObject, useCallback, useEffect, useRef, useState } from "react";

const PAGE = 10;

export function moved(key: string, from: number, count: number): number | null {
  const to: Record<string, number> = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + PAGE,
    PageUp: from - PAGE,
    Home: 0,
    End: count - 1,
  };
  const wanted = to[key];
  return wanted === undefined ? null : Math.min(Math.max(wanted, 0), count - 1);
}

export function useRowKeys(count: number, scrollTo: (index: number) => void, box: RefObject<HTMLElement | null>) {
  const [active, setActive] = useState(0);
  const wanted = useRef<number | null>(null);
  const at = Math.min(active, Math.max(count - 1, 0));

  useEffect(() => {
    if (wanted.current === null) return;
    const link = box.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`);
    if (link === null || link === undefined) return; // drawn with the next frame of the scroll
    wanted.current = null;
    link.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const next = moved(event.key, at, count);
    if (next === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    wanted.current = next;
    setActive(next);
    scrollTo(next);
  };

  /** The row that holds the focus stays in the page while it is scrolled out of sight. */
  const withActive = useCallback(
    (range: Range) => {
      const found = defaultRangeExtractor(range);
      return found.includes(at) || at >= range.count ? found : [...found, at].sort((a, b) => a - b);
    },
    [at],
  );

  const linkOf = (index: number) => ({
    "data-row": index,
    tabIndex: index === at ? 0 : -1,
    onFocus: () => setActive(index),
  });
  return { onKeyDown, withActive, linkOf };
}
