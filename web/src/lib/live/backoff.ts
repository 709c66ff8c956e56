/**
 * How long a tab waits before it tries the line again. The wait is ours and not the socket library's, since that one
 * cannot be cut short: whoever is back online is connected at once.
 */

const FIRST_MS = 300;
const YOUNG_MS = 30_000;
const SOON_MS = 1_500; // while an outage is young: with this the page is right within two seconds of the line's return
const LATER_MS = 8_000;

/** Half of it is chance, so that all tabs of a restarted replica do not knock at once. */
export function delayMs(attempt: number, downForMs: number, chance: number): number {
  if (attempt === 0) return 0;
  const most = downForMs < YOUNG_MS ? SOON_MS : LATER_MS;
  return Math.min(FIRST_MS * 2 ** attempt, most) * (0.5 + chance / 2);
}

export class Wait {
  private end: () => void = () => undefined;

  for(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Whoever waits goes on now. */
  readonly over = (): void => this.end();
}
