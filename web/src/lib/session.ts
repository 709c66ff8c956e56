/**
 * Who is signed in on this tab, and the token that says so. It lives as long as the tab: a token in sessionStorage
 * survives a reload and no more. A local token is renewed before it ends; others send the reader to sign in again.
 */

export interface Session {
  token: string;
  /** Unix ms. */
  expiresAt: number;
  username: string;
}

export type Ended = "signed-out" | "expired" | "scope";

const KEY = "cadastre.session";
const RENEW_BEFORE_MS = 120_000;

type Listener = () => void;
type Renew = (username: string) => Promise<Session>;

class SessionStore {
  private current: Session | null = read();
  private ended: Ended | null = null;
  private readonly listeners = new Set<Listener>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private renew: Renew | undefined;

  readonly subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly get = (): Session | null => this.current;
  readonly reason = (): Ended | null => this.ended;

  begin(session: Session): void {
    this.set(session, null);
  }

  end(reason: Ended): void {
    if (this.current !== null) this.set(null, reason);
  }

  /** `renew` gets a fresh token for who is signed in; it is asked shortly before the old one ends. */
  renewBy(renew: Renew): void {
    this.renew = renew;
    this.schedule();
  }

  private set(session: Session | null, reason: Ended | null): void {
    this.current = session;
    this.ended = reason;
    if (session === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(session));
    this.schedule();
    for (const listener of this.listeners) listener();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const { current, renew } = this;
    if (current === null) return;
    const left = current.expiresAt - Date.now();
    if (renew === undefined) {
      this.timer = setTimeout(() => this.end("expired"), left);
      return;
    }
    this.timer = setTimeout(() => {
      renew(current.username).then(
        (next) => this.begin(next),
        () => this.end("expired"),
      );
    }, left - RENEW_BEFORE_MS);
  }
}

function read(): Session | null {
  const text = sessionStorage.getItem(KEY);
  if (text === null) return null;
  try {
    const found = JSON.parse(text) as Session;
    return found.expiresAt > Date.now() ? found : null;
  } catch {
    return null; // not what we wrote
  }
}

export const session = new SessionStore();
