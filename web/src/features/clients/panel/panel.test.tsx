import { describe, expect, it } from "vitest";
import { ApiProblem } from "@/lib/api-client";
import { conditionWords } from "./condition-words";
import { isAwaited } from "./decisions";
import { barWords, bits, comparedText, steps } from "./evidence-words";
import { saidOf } from "./golden-record";
import { moveWords } from "./history";
import { lines } from "./members";
import { inverse, isApplied } from "./override-commands";
import { faultsOf, inDays, localTime, wishOf } from "./override-draft";
import type { ClientDetail, PairView } from "./queries";
import { failing, type RuleView, split } from "./rules";

const member = (record: string, fields: Record<string, string>) => ({
  record,
  source: record.split(":")[0] ?? "",
  record_id: record.split(":")[1] ?? "",
  fields: Object.entries(fields).map(([field, text]) => ({ field, text })),
});

describe("records side by side", () => {
  const members = [member("a:1", { name: "Acme", city: "Bonn" }), member("b:2", { name: "ACME ", phone: "+49" })];
  const golden = [{ field: "name", text: "Acme", record: "a:1" }];

  it("differ where two say different things, not in silence and not in case", () => {
    const found = lines({ members, golden });
    expect(found.map((line) => [line.field, line.differs])).toEqual([
      ["name", false],
      ["city", false],
      ["phone", false],
    ]);
    const other = lines({ members: [...members, member("c:3", { city: "Köln" })], golden });
    expect(other.find((line) => line.field === "city")?.differs).toBe(true);
  });

  it("tell what the others say, the source of the value first", () => {
    const said = saidOf({ members } as ClientDetail, "name", "b:2");
    expect(said.map((one) => one.record)).toEqual(["b:2", "a:1"]);
  });
});

describe("evidence", () => {
  it("adds up from the prior to the pair's weight, each bar where the last one ended", () => {
    expect(steps(-1050, [{ weight: 1200 }, { weight: -300 }])).toEqual([
      { from: 0, to: -1050 },
      { from: -1050, to: 150 },
      { from: 150, to: -150 },
    ]);
  });

  it("is told in words and in bits", () => {
    expect(barWords({ field: "phone", level: "exact" })).toBe("The same telephone");
    expect(barWords({ field: "fax", level: "close" })).toBe("Fax: close");
    expect([bits(1200), bits(-1050), bits(0)]).toEqual(["+12.00", "−10.50", "0.00"]);
    expect(comparedText({ low: "a", high: "a" })).toBe("a");
    expect(comparedText({ low: "a", high: null })).toBe("a ↔ nothing");
  });

  it("waits for a word until the pair tells that version or a later one", () => {
    const pair = (version: string) =>
      ({ low: { record: "a:1" }, high: { record: "b:2" }, decision: { version } }) as PairView;
    const sent = new Map([["a:1|b:2", { version: "1764000000000001", since: 0 }]]);
    expect(isAwaited(pair("0"), sent)).toBe(true);
    expect(isAwaited(pair("1764000000000001"), sent)).toBe(false);
    expect(isAwaited(pair("0"), new Map())).toBe(false);
  });
});

describe("rules", () => {
  const rule = (id: string, holds: boolean[], decided = false) =>
    ({
      id,
      decided,
      holds: holds.every(Boolean),
      conditions: holds.map((one) => ({ text: "", holds: one })),
    }) as RuleView;

  it("fail by their first condition that does not hold", () => {
    expect(failing(rule("r", [true, false, false]))).toBe(1);
    expect(failing(rule("r", [true]))).toBe(-1);
  });

  it("are tried up to the one that decided, or all where none did", () => {
    const rules = [rule("a", [false]), rule("b", [true], true), rule("c", [true])];
    expect(split(rules).after.map((one) => one.id)).toEqual(["c"]);
    expect(split(rules.slice(0, 1)).tried).toHaveLength(1);
  });
});

describe("conditions", () => {
  it("tell amounts as people say them, without rounding, and leave the rest as it is", () => {
    expect(conditionWords("aum >= 100000000000")).toBe("AUM ≥ 100B");
    expect(conditionWords("1000000000 <= aum < 2500000000.5")).toBe("1B ≤ AUM < 2.5000000005B");
    expect(conditionWords("(country == 'US') and (revenue < 1234567)")).toBe(
      "(country == 'US') and (revenue < 1.234567M)",
    );
    expect(conditionWords("employees >= 5000")).toBe("employees >= 5000");
  });
});

describe("an override", () => {
  const stands = {
    record: "a:1",
    territory: { id: "t", name: "T" },
    advisor: null,
    tier: "gold",
    reason: "asked for",
    author: "ada",
    at: "2026-11-24T10:00:00.000Z",
    effective_from: null,
    expires_at: null,
  };

  it("is undone by what stood before it, or by its end", () => {
    const wish = { territory: "t", advisor: null, tier: "gold", reason: "asked for", expires_at: null };
    expect(inverse(stands)).toEqual(wish);
    expect(inverse(null)).toBeNull();
  });

  it("is awaited until its statement shows and the client is not as it was", () => {
    const detail = (version: string, override: typeof stands | null) =>
      ({ client: { version }, override }) as unknown as ClientDetail;
    const sent = { version: "2.1", at: stands.at, ends: false, since: 0 };
    expect(isApplied(sent, detail("2.1", stands))).toBe(false);
    expect(isApplied(sent, detail("2.2", null))).toBe(false);
    expect(isApplied(sent, detail("2.2", stands))).toBe(true);
    expect(isApplied({ ...sent, ends: true }, detail("2.2", null))).toBe(true);
  });

  it("leaves out what is left open, and ends at the moment that was meant", () => {
    const expires = inDays(30, Date.parse("2026-11-24T10:00:00Z"));
    const wish = wishOf({ territory: "t", advisor: "", tier: "", reason: " because ", expires });
    expect(wish).toMatchObject({ territory: "t", advisor: null, tier: null, reason: "because" });
    expect(localTime(new Date(wish.expires_at ?? ""))).toBe(expires);
  });

  it("shows a fault beside the field that the api names, else once for all", () => {
    const problem = { type: "", title: "", status: 400, detail: "d", code: "invalid-request" };
    const errors = [{ pointer: "/body/tier", code: "invalid", message: "no tier x" }];
    expect(faultsOf(new ApiProblem({ ...problem, errors }, null))).toMatchObject({ tier: "no tier x", rest: null });
    expect(faultsOf(new ApiProblem({ ...problem, errors: [] }, null)).rest).toBe("d");
  });
});

it("a change within a territory is told by what changed", () => {
  const at = (advisor: string, tier: string) => ({
    territory: { id: "t", name: "T" },
    region: { id: "r", name: "R" },
    advisor: { id: advisor, name: advisor },
    tier,
  });
  const told = moveWords({ kind: "changed", origin: at("Ann", "gold"), target: at("Bob", "gold") });
  expect(told).toBe("Advisor Ann to Bob");
});
