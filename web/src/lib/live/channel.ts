/**
 * What this tab holds of one channel, and what a frame does to it. Pure: the model tests drive it through drops,
 * duplicates, reorders and reconnects. `seq` is contiguous per channel; a frame carries the `prev` it follows.
 */

import type { Delta, Remove, Resumed, Row, Snapshot, Upsert } from "@/generated/frames";

export interface Held {
  /** Not of a channel that only tells what changed: what it tells of has no end. */
  readonly keepsRows: boolean;
  readonly epoch: string | null;
  readonly seq: number;
  readonly rows: ReadonlyMap<string, Row>;
  /** Parts of a snapshot that is not whole yet. */
  readonly parts: readonly Row[] | null;
}

export type Op = Upsert | Remove;

/** `again`: something is missing; subscribe again, with `since` where the epoch is still the same. */
export interface Outcome {
  held: Held;
  ops: readonly Op[];
  /** How many changes it tells of, with those that the server left out. */
  changes: number;
  again: boolean;
}

export const nothing = (keepsRows: boolean): Held => ({ keepsRows, epoch: null, seq: 0, rows: new Map(), parts: null });

const unchanged = (held: Held): Outcome => ({ held, ops: [], changes: 0, again: false });
const missing = (held: Held): Outcome => ({ held, ops: [], changes: 0, again: true });
/** From the beginning; what was held is shown until the snapshot is here. */
const lost = (held: Held): Outcome => missing(forgotten(held));
export const forgotten = (held: Held): Held => ({ ...held, epoch: null, parts: null });

export function onSnapshot(held: Held, frame: Snapshot): Outcome {
  const rows = [...(held.parts ?? []), ...frame.rows];
  if (!frame.complete) return unchanged({ ...held, parts: rows });
  const byKey = new Map(rows.map((row) => [row.k, row]));
  return unchanged({ ...held, epoch: frame.epoch, seq: frame.seq, rows: byKey, parts: null });
}

/** The deltas from `after` on follow; they apply only to what stands there. */
export function onResumed(held: Held, frame: Resumed): Outcome {
  return held.epoch === frame.epoch && held.seq >= frame.after ? unchanged(held) : lost(held);
}

export function onDelta(held: Held, frame: Delta): Outcome {
  if (frame.epoch !== held.epoch) return held.parts === null ? lost(held) : missing(held);
  if (frame.seq <= held.seq) return unchanged(held);
  if (frame.prev > held.seq) return missing(held);
  const rows = new Map(held.rows);
  const ops = frame.ops.filter((op) => applied(rows, op));
  const changes = ops.filter((op) => op.op === "upsert").length + frame.dropped;
  const next = { ...held, seq: frame.seq, rows: held.keepsRows ? rows : held.rows };
  return { held: next, ops, changes, again: false };
}

function applied(rows: Map<string, Row>, op: Op): boolean {
  const known = rows.get(op.k);
  if (known !== undefined && known.ver > op.ver) return false;
  if (op.op === "remove") rows.delete(op.k);
  else rows.set(op.k, { k: op.k, ver: op.ver, d: op.d });
  return true;
}
