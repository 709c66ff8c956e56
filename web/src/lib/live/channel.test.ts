import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Delta, ServerFrame } from "@/generated/frames";
import type { Op } from "@/lib/live/channel";
import { LiveStore } from "@/lib/live/store";

/** A server that keeps its promise: contiguous sequences, resume from its memory, else a reset and a snapshot. */
class Server {
  private readonly ch: string;
  private epoch = 1;
  private seq = 0;
  private forgotten = 0;
  readonly rows = new Map<string, { ver: number; d: unknown }>();
  private readonly deltas: Delta[] = [];

  constructor(ch: string) {
    this.ch = ch;
  }

  change(key: string, value: number | null, dropped = 0): void {
    if (value === null && !this.rows.has(key)) return;
    const prev = this.seq;
    this.seq += 1;
    if (value === null) this.rows.delete(key);
    else this.rows.set(key, { ver: this.seq, d: value });
    const op: Delta["ops"][number] =
      value === null ? { op: "remove", k: key, ver: this.seq } : { op: "upsert", k: key, ver: this.seq, d: value };
    this.deltas.push({
      type: "delta",
      ch: this.ch,
      epoch: String(this.epoch),
      seq: this.seq,
      prev,
      ts: "",
      event_ts: "",
      ops: [op],
      coalesced: 0,
      dropped,
    });
  }

  restart(): void {
    this.epoch += 1;
    this.seq = 0;
    this.forgotten = 0;
    this.deltas.length = 0;
    for (const row of this.rows.values()) row.ver = 0;
  }

  forget(): void {
    this.forgotten = this.seq;
  }

  /** All frames for a reader that stands at `since`, and where it stands then. */
  after(seq: number): Delta[] {
    return this.deltas.filter((delta) => delta.seq > seq);
  }

  greet(since: { epoch: string; seq: number } | undefined): ServerFrame[] {
    const epoch = String(this.epoch);
    if (since !== undefined && since.epoch === epoch && since.seq <= this.seq && since.seq >= this.forgotten) {
      return [{ type: "resumed", ch: this.ch, epoch, after: since.seq, to: this.seq }, ...this.after(since.seq)];
    }
    const rows = Array.from(this.rows, ([k, row]) => ({ k, ...row }));
    const half = Math.floor(rows.length / 2);
    const frames: ServerFrame[] = [
      { type: "snapshot", ch: this.ch, epoch, seq: this.seq, rows: rows.slice(0, half), complete: false },
      { type: "snapshot", ch: this.ch, epoch, seq: this.seq, rows: rows.slice(half), complete: true },
    ];
    return since === undefined
      ? frames
      : [{ type: "reset", ch: this.ch, reason: since.epoch === epoch ? "too_old" : "epoch" }, ...frames];
  }

  beat(): ServerFrame {
    return { type: "hb", heads: { [this.ch]: this.seq }, watermark: null, lag_ms: 0 };
  }

  get head(): number {
    return this.seq;
  }
}

type Step =
  | { do: "change"; key: string; value: number | null }
  | { do: "deliver"; fate: "whole" | "drop" | "twice" | "swap" }
  | { do: "reconnect" }
  | { do: "restart" }
  | { do: "forget" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("change" as const),
      key: fc.constantFrom("a", "b", "c"),
      value: fc.option(fc.nat(9)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("deliver" as const),
      fate: fc.constantFrom("whole" as const, "drop" as const, "twice" as const, "swap" as const),
    }),
  },
  fc.record({ do: fc.constantFrom("reconnect" as const, "restart" as const, "forget" as const) }),
);

/** A line between the two that loses, doubles and swaps frames as it is told to. */
class Line {
  readonly server: Server;
  readonly store = new LiveStore();
  readonly heard: Op[] = [];
  private sent = 0;
  private asked: { epoch: string; seq: number } | undefined | null = null;

  constructor(ch = "t") {
    this.server = new Server(ch);
    this.store.send = (frame) => {
      if (frame.type === "subscribe") this.asked = frame.since ?? undefined;
    };
    this.store.follow(
      ch,
      () => undefined,
      (ops) => this.heard.push(...ops),
    );
  }

  deliver(fate: Extract<Step, { do: "deliver" }>["fate"]): void {
    if (this.asked !== null) {
      const since = this.asked;
      this.asked = null;
      for (const frame of this.server.greet(since)) this.store.take(frame);
      this.sent = this.server.head;
      return;
    }
    const frames = this.server.after(this.sent);
    this.sent = this.server.head;
    if (fate === "drop") frames.shift();
    if (fate === "swap") frames.reverse();
    for (const frame of frames) this.store.take(frame);
    if (fate === "twice") for (const frame of frames) this.store.take(frame);
  }

  reconnect(): void {
    this.asked = null;
    this.store.greet();
  }

  /** What every heartbeat leads to, until nothing more is asked. */
  settle(): void {
    for (let i = 0; i < 5; i++) {
      this.deliver("whole");
      this.store.take(this.server.beat());
    }
    this.store.resume(); // shows at once, instead of at the next beat
  }
}

describe("a channel", () => {
  it("holds what the server holds, whatever happens to frames between them", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const line = new Line();
        for (const one of steps) {
          if (one.do === "change") line.server.change(one.key, one.value);
          else if (one.do === "deliver") line.deliver(one.fate);
          else if (one.do === "forget") line.server.forget();
          else {
            if (one.do === "restart") line.server.restart();
            line.reconnect();
          }
        }
        line.settle();
        const held = Object.fromEntries(Array.from(line.store.rows("t"), ([k, row]) => [k, row.d]));
        const told = Object.fromEntries(Array.from(line.server.rows, ([k, row]) => [k, row.d]));
        expect(held).toEqual(told);
      }),
      { numRuns: 500 },
    );
  });

  it("shows nothing new while it is paused, and all of it afterwards", () => {
    const line = new Line();
    line.settle();
    line.store.pause();
    line.server.change("a", 1);
    line.server.change("b", 2);
    line.deliver("whole");
    line.store.flush();
    expect(line.store.rows("t").size).toBe(0);
    line.store.resume();
    expect(line.store.rows("t").size).toBe(2);
  });

  it("counts each move that waits once, also those that the server left out or that have scrolled away", () => {
    const line = new Line("moves");
    line.settle();
    line.store.pause();
    line.server.change("a", 1, 40);
    line.server.change("b", 2);
    line.server.change("a", null);
    line.deliver("twice");
    line.store.flush();
    expect(line.store.waitingCount()).toBe(42);
    line.store.resume();
    expect(line.store.waitingCount()).toBe(0);
  });

  it("counts no changes of others than moves: one move changes a client, its territories and the figures", () => {
    const line = new Line("figures");
    line.settle();
    line.store.pause();
    line.server.change("clients", 1);
    line.deliver("whole");
    line.store.flush();
    expect(line.store.waitingCount()).toBe(0);
  });

  it("of clients keeps no row, and of what a pause holds back no more than the newest", () => {
    const line = new Line("clients");
    line.settle();
    line.store.pause();
    for (let i = 0; i < 3_000; i++) line.server.change(String(i), i);
    line.deliver("whole");
    expect(line.store.rows("clients").size).toBe(0);
    line.store.resume();
    expect(line.store.rows("clients").size).toBe(0);
    expect(line.heard).toHaveLength(2_000);
    expect(line.heard.at(-1)?.k).toBe("2999");
  });
});
