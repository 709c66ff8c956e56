/**
 * The one socket of this tab: a ticket for every attempt, reconnected by partysocket, and a state that says in words
 * how fresh the page is. It never gives up while somebody is signed in.
 */

import ReconnectingSocket from "partysocket/ws";
import type { Beat, ServerFrame } from "@/generated/frames";
import { answer, api } from "@/lib/api-client";
import { delayMs, Wait } from "@/lib/live/backoff";
import { LiveStore } from "@/lib/live/store";
import { session } from "@/lib/session";

const QUIET_MS = 10_000; // two heartbeats: what is open but says nothing is down
const BEHIND_MS = 10_000; // the least that is told: lag comes in steps of so much
const STALE_MS = 30_000;
const LOOK_MS = 1_000;
const ANSWER_MS = 4_000; // for a ticket and for a handshake: on a line that swallows all, the next attempt may do
const CROWDED = 1013; // more sockets than one person may have; who is not ready gives no ticket either

export type LiveState =
  | "connecting"
  | "live"
  | "lagging"
  | "reconnecting"
  | "stale"
  | "crowded"
  | "offline"
  | "signed-out";

export interface Status {
  state: LiveState;
  /** Of the last change in scope that the view holds. */
  watermark: string | null;
  lagMs: number;
  /** Unix ms of the last word from the server. */
  heardAt: number;
  /** Counts connections that were greeted: what was asked over HTTP before this one may have missed something. */
  connections: number;
}

type Listener = () => void;

export class Connection {
  readonly store = new LiveStore();
  private socket: ReconnectingSocket | null = null;
  private status: Status = { state: "signed-out", watermark: null, lagMs: 0, heardAt: 0, connections: 0 };
  private readonly listeners = new Set<Listener>();
  private looking: ReturnType<typeof setInterval> | undefined;
  private readonly wait = new Wait();
  /** Of the attempt under way: ends its question for a ticket. */
  private asking = new AbortController();
  private downSince = Date.now();
  private openedAt = 0;
  /** It has said hello: an open socket may still be closed at the door. */
  private greeted = false;
  private crowded = false;

  readonly subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly get = (): Status => this.status;

  open(): void {
    if (this.socket !== null) return;
    this.downSince = Date.now();
    const socket: ReconnectingSocket = new ReconnectingSocket(() => this.address(socket.retryCount), [], {
      minReconnectionDelay: 0,
      minUptime: 10_000,
      connectionTimeout: ANSWER_MS,
    });
    this.socket = socket;
    this.store.send = (frame) => {
      if (this.greeted && socket.readyState === ReconnectingSocket.OPEN) socket.send(JSON.stringify(frame));
    };
    socket.addEventListener("open", () => this.opened());
    socket.addEventListener("message", (event) => this.take(JSON.parse(String(event.data)) as ServerFrame));
    socket.addEventListener("close", (event) => this.closed(event.code));
    this.looking = setInterval(() => this.look(), LOOK_MS);
    window.addEventListener("online", this.again);
    window.addEventListener("offline", this.lookNow);
    document.addEventListener("visibilitychange", this.retryIfShown);
    this.look();
  }

  close(): void {
    clearInterval(this.looking);
    window.removeEventListener("online", this.again);
    window.removeEventListener("offline", this.lookNow);
    document.removeEventListener("visibilitychange", this.retryIfShown);
    this.socket?.close();
    this.socket = null;
    this.wait.over();
    this.greeted = this.crowded = false;
    this.store.clear();
    this.set({ state: "signed-out", watermark: null, connections: 0 });
  }

  readonly retry = (): void => {
    if (!this.greeted) this.again();
  };

  /** Whatever there is: once the network was away, what seems open may be so at this end only. */
  private readonly again = (): void => {
    this.asking.abort(); // it may have been asked of a network that is gone
    this.socket?.reconnect();
    this.wait.over();
    this.look();
  };

  private readonly retryIfShown = (): void => {
    if (!document.hidden) this.retry();
  };
  private readonly lookNow = (): void => this.look();

  private async address(attempt: number): Promise<string> {
    await this.wait.for(delayMs(attempt, this.crowded ? Infinity : Date.now() - this.downSince, Math.random()));
    if (this.socket === null) throw new TypeError("closed meanwhile");
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.asking = new AbortController();
    return `${scheme}://${location.host}/ws?ticket=${await ticket(this.asking.signal)}`;
  }

  private opened(): void {
    this.openedAt = Date.now();
    this.look();
  }

  private take(frame: ServerFrame): void {
    this.status = { ...this.status, heardAt: Date.now() };
    this.store.take(frame);
    if (frame.type === "hello") this.hello();
    if (frame.type === "hb") this.beat(frame);
    if (frame.type === "auth_expiring") void this.renew();
    if (frame.type === "bye") setTimeout(this.retry, frame.retry_ms * (1 + Math.random()));
  }

  private hello(): void {
    this.greeted = true;
    this.crowded = false;
    this.set({ connections: this.status.connections + 1 });
    this.store.greet();
    this.look();
  }

  private beat(frame: Beat): void {
    this.set({ watermark: frame.watermark, lagMs: frame.lag_ms });
    this.look();
  }

  private async renew(): Promise<void> {
    this.store.send({ type: "auth", ticket: await ticket() });
  }

  private closed(code: number): void {
    if (this.greeted) this.downSince = Date.now();
    this.greeted = false;
    if (code === 4401) session.end("expired");
    if (code === 4403) session.end("scope");
    if (code === CROWDED) this.crowded = true;
    this.look();
  }

  private look(): void {
    if (this.socket === null) return;
    const open = this.socket.readyState === ReconnectingSocket.OPEN;
    const quiet = Date.now() - Math.max(this.status.heardAt, this.openedAt) > QUIET_MS;
    if (open && quiet) this.socket.reconnect(); // half open: nobody is at the other end
    this.set({ state: this.judged(this.greeted && !quiet) });
  }

  private judged(hearing: boolean): LiveState {
    if (!navigator.onLine) return "offline";
    if (hearing) return this.status.lagMs >= BEHIND_MS ? "lagging" : "live";
    if (this.crowded) return "crowded";
    if (Date.now() - Math.max(this.downSince, this.status.heardAt) > STALE_MS) return "stale";
    return this.status.connections === 0 ? "connecting" : "reconnecting";
  }

  private set(change: Partial<Status>): void {
    const next = { ...this.status, ...change };
    const same = (Object.keys(next) as (keyof Status)[]).every((key) => next[key] === this.status[key]);
    this.status = next;
    if (!same) for (const listener of this.listeners) listener();
  }
}

async function ticket(...ends: AbortSignal[]): Promise<string> {
  const signal = AbortSignal.any([...ends, AbortSignal.timeout(ANSWER_MS)]);
  return (await answer(api.POST("/api/ws-tickets", { signal }))).ticket;
}

export const connection = new Connection();
