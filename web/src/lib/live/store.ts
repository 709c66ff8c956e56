/**
 * The channels of this tab: frames go in, rows come out once per beat, however many frames a beat brings. What is held
 * is always current; what is shown stands still while somebody has paused it.
 */

import type { ClientFrame, Row, ServerFrame } from "@/generated/frames";
import {
  forgotten,
  type Held,
  nothing,
  type Op,
  type Outcome,
  onDelta,
  onResumed,
  onSnapshot,
} from "@/lib/live/channel";

export const BEAT_MS = 250;
const HIDDEN_BEAT_MS = 5_000;
/** Tells which clients change, of all that there are: their rows are asked for over HTTP. */
const ROWLESS = "clients";
/** Of such a channel a pause holds back no more: behind so many changes a list is read again anyhow. */
const PENDING_MAX = 2_000;
/** The channel whose changes are counted while the page is paused: one for each move, which others follow from. */
const COUNTED = "moves";

export type Rows = ReadonlyMap<string, Row>;
type Listener = () => void;
type OpsListener = (ops: readonly Op[]) => void;

interface Channel {
  held: Held;
  shown: Rows;
  /** What a beat or a pause holds back, by key. */
  pending: Map<string, Op>;
  /** It has had a snapshot: an empty table is empty, not unknown. */
  whole: boolean;
  wanted: number;
  listeners: Set<Listener>;
  opsListeners: Set<OpsListener>;
}

const EMPTY: Rows = new Map();

export class LiveStore {
  private readonly channels = new Map<string, Channel>();
  private readonly touched = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  private readonly pauseListeners = new Set<Listener>();
  private waiting = 0;
  /** Sends a frame where the socket is open; subscriptions are sent again by `greet` where it was not. */
  send: (frame: ClientFrame) => void = () => undefined;

  /** Follows a channel until the returned function is called. Twice is once. */
  follow(name: string, listener: Listener, opsListener?: OpsListener): () => void {
    const channel = this.channels.get(name) ?? this.open(name);
    channel.wanted += 1;
    channel.listeners.add(listener);
    if (opsListener !== undefined) channel.opsListeners.add(opsListener);
    if (channel.wanted === 1) this.subscribe(name, channel);
    return () => {
      channel.listeners.delete(listener);
      if (opsListener !== undefined) channel.opsListeners.delete(opsListener);
      channel.wanted -= 1;
      if (channel.wanted === 0) this.send({ type: "unsubscribe", ch: name });
    };
  }

  rows(name: string): Rows {
    return this.channels.get(name)?.shown ?? EMPTY;
  }

  whole(name: string): boolean {
    return this.channels.get(name)?.whole ?? false;
  }

  /** A new socket: ask for what is followed, from where it stands. */
  greet(): void {
    for (const [name, channel] of this.channels) if (channel.wanted > 0) this.subscribe(name, channel);
  }

  take(frame: ServerFrame): void {
    if (frame.type === "hb") {
      for (const [name, head] of Object.entries(frame.heads)) this.headAt(name, head);
      return;
    }
    if (!("ch" in frame)) return;
    const channel = this.channels.get(frame.ch);
    if (channel === undefined || channel.wanted === 0) return;
    const outcome = next(channel.held, frame);
    channel.held = outcome.held;
    channel.whole ||= frame.type === "snapshot" && frame.complete;
    for (const op of outcome.ops) hold(channel, op);
    if (this.stopped && frame.ch === COUNTED) this.waiting += outcome.changes;
    if (outcome.again) this.subscribe(frame.ch, channel);
    this.touched.add(frame.ch);
    if (frame.type === "snapshot" && frame.complete && !this.stopped) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), document.hidden ? HIDDEN_BEAT_MS : BEAT_MS);
  }

  /** Somebody else has signed in, or their scope has changed: nothing of the old one stays. */
  clear(): void {
    for (const channel of this.channels.values()) {
      const held = nothing(channel.held.keepsRows);
      Object.assign(channel, { held, shown: EMPTY, pending: new Map(), whole: false });
      for (const listener of channel.listeners) listener();
    }
  }

  pause(): void {
    this.setPaused(true);
  }

  resume(): void {
    this.setPaused(false);
    this.flush();
  }

  readonly paused = (): boolean => this.stopped;
  readonly waitingCount = (): number => this.waiting;
  readonly onPause = (listener: Listener): (() => void) => {
    this.pauseListeners.add(listener);
    return () => this.pauseListeners.delete(listener);
  };

  private setPaused(paused: boolean): void {
    this.stopped = paused;
    this.waiting = 0;
    for (const listener of this.pauseListeners) listener();
  }

  /** Shows what has come, without waiting for the beat. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.stopped) {
      for (const listener of this.pauseListeners) listener();
      return;
    }
    for (const name of this.touched) {
      const channel = this.channels.get(name);
      if (channel === undefined) continue;
      const ops = [...channel.pending.values()];
      channel.pending.clear();
      channel.shown = channel.held.rows;
      for (const listener of channel.listeners) listener();
      if (ops.length > 0) for (const listener of channel.opsListeners) listener(ops);
    }
    this.touched.clear();
  }

  private headAt(name: string, head: number): void {
    const channel = this.channels.get(name);
    if (channel === undefined || channel.wanted === 0 || channel.held.epoch === null) return;
    if (head > channel.held.seq) this.subscribe(name, channel);
  }

  private open(name: string): Channel {
    const channel: Channel = {
      held: nothing(name !== ROWLESS),
      shown: EMPTY,
      pending: new Map(),
      whole: false,
      wanted: 0,
      listeners: new Set(),
      opsListeners: new Set(),
    };
    this.channels.set(name, channel);
    return channel;
  }

  private subscribe(name: string, channel: Channel): void {
    const { epoch, seq } = channel.held;
    this.send(
      epoch === null ? { type: "subscribe", ch: name } : { type: "subscribe", ch: name, since: { epoch, seq } },
    );
  }
}

function hold({ held, pending }: Channel, op: Op): void {
  pending.delete(op.k);
  pending.set(op.k, op);
  const [oldest] = held.keepsRows || pending.size <= PENDING_MAX ? [] : pending.keys();
  if (oldest !== undefined) pending.delete(oldest);
}

function next(held: Held, frame: Extract<ServerFrame, { ch: string }>): Outcome {
  switch (frame.type) {
    case "snapshot":
      return onSnapshot(held, frame);
    case "resumed":
      return onResumed(held, frame);
    case "delta":
      return onDelta(held, frame);
    case "reset":
      return { held: forgotten(held), ops: [], changes: 0, again: false };
  }
}
