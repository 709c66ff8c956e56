/**
 * The one socket of this tab: a ticket for every attempt, backoff by partysocket, and a state that says in words how
 * fresh the page is. It never gives up while somebody is signed in.
 */

import ReconnectingSocket from "partysocket/ws";
import type { Beat, ServerFrame } from "@/generated/frames";
import { answer, api } from "@/lib/api-client";
import { LiveStore } from "@/lib/live/store";
import { session } from "@/lib/session";

const QUIET_MS = 10_000; // two heartbeats: what is open but says nothing is down
const BEHIND_MS = 10_000;
const STALE_MS = 30_000;
const LOOK_MS = 1_000;

export type LiveState = "connecting" | "live" | "lagging" | "reconnecting" | "stale" | "offline" | "signed-out";

export interface Status {
  state: LiveState;
  /** Of the last change in scope that the view holds. */
  watermark: string | null;
  lagMs: number;
  /** Unix ms of the last word from the server. */
  heardAt: number;
  /** Counts connections: what was asked over HTTP before this one may have missed something. */
  connections: number;
}

type Listener = () => void;

export class Connection {
  readonly store = new LiveStore();
  private socket: ReconnectingSocket | null = null;
  private status: Status = { state: "signed-out", watermark: null, lagMs: 0, heardAt: 0, connections: 0 };
  private readonly listeners = new Set<Listener>();
  private looking: ReturnType<typeof setInterval> | undefined;
  private downSince = Date.now();

  readonly subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly get = (): Status => this.status;

  open(): void {
    if (this.socket !== null) return;
    this.downSince = Date.now();
    const socket = new ReconnectingSocket(address, [], {
      minReconnectionDelay: 300 + Math.random() * 400,
      maxReconnectionDelay: 8_000,
      reconnectionDelayGrowFactor: 2,
      minUptime: 10_000,
      connectionTimeout: 8_000,
    });
    this.socket = socket;
    this.store.send = (frame) => {
      if (socket.readyState === ReconnectingSocket.OPEN) socket.send(JSON.stringify(frame));
    };
    socket.addEventListener("open", () => this.opened());
    socket.addEventListener("message", (event) => this.take(JSON.parse(String(event.data)) as ServerFrame));
    socket.addEventListener("close", (event) => this.closed(event.code));
    this.looking = setInterval(() => this.look(), LOOK_MS);
    window.addEventListener("online", this.retry);
    window.addEventListener("offline", this.lookNow);
    document.addEventListener("visibilitychange", this.retryIfShown);
    this.look();
  }

  close(): void {
    clearInterval(this.looking);
    window.removeEventListener("online", this.retry);
    window.removeEventListener("offline", this.lookNow);
    document.removeEventListener("visibilitychange", this.retryIfShown);
    this.socket?.close();
    this.socket = null;
    this.store.clear();
    this.set({ state: "signed-out", watermark: null, connections: 0 });
  }

  readonly retry = (): void => {
    if (this.socket !== null && this.socket.readyState !== ReconnectingSocket.OPEN) this.socket.reconnect();
  };

  private readonly retryIfShown = (): void => {
    if (!document.hidden) this.retry();
  };
  private readonly lookNow = (): void => this.look();

  private opened(): void {
    this.set({ heardAt: Date.now(), connections: this.status.connections + 1 });
    this.store.greet();
    this.look();
  }

  private take(frame: ServerFrame): void {
    this.status = { ...this.status, heardAt: Date.now() };
    this.store.take(frame);
    if (frame.type === "hb") this.beat(frame);
    if (frame.type === "auth_expiring") void this.renew();
    if (frame.type === "bye") setTimeout(() => this.socket?.reconnect(), frame.retry_ms * (1 + Math.random()));
  }

  private beat(frame: Beat): void {
    this.set({ watermark: frame.watermark, lagMs: frame.lag_ms });
    this.look();
  }

  private async renew(): Promise<void> {
    this.store.send({ type: "auth", ticket: await ticket() });
  }

  private closed(code: number): void {
    if (this.status.state === "live" || this.status.state === "lagging") this.downSince = Date.now();
    if (code === 4401) session.end("expired");
    if (code === 4403) session.end("scope");
    this.look();
  }

  private look(): void {
    if (this.socket === null) return;
    const open = this.socket.readyState === ReconnectingSocket.OPEN;
    const quiet = Date.now() - this.status.heardAt > QUIET_MS;
    if (open && quiet && this.status.heardAt > 0) this.socket.reconnect(); // half open: nobody is at the other end
    this.set({ state: this.judged(open && !quiet) });
  }

  private judged(hearing: boolean): LiveState {
    if (!navigator.onLine) return "offline";
    if (hearing) return this.status.lagMs > BEHIND_MS ? "lagging" : "live";
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

async function ticket(): Promise<string> {
  return (await answer(api.POST("/api/ws-tickets"))).ticket;
}

async function address(): Promise<string> {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${location.host}/ws?ticket=${await ticket()}`;
}

export const connection = new Connection();
