import { describe, expect, it } from "vitest";
import { age, exactMoney, money, NONE, plural, words } from "@/lib/format";

describe("money", () => {
  it("is written short for the eye", () => expect(money("1250000000.00")).toBe("$1.25B"));
  it("keeps every digit where it is exact, beyond what a float holds", () =>
    expect(exactMoney("12345678901234567.89", "EUR")).toBe("EUR 12,345,678,901,234,567.89"));
  it("is a dash where there is none", () => expect(money(null)).toBe(NONE));
});

describe("an age", () => {
  const now = Date.parse("2026-03-02T12:00:00Z");
  it("is told in its largest whole unit", () => expect(age("2026-03-02T10:30:00Z", now)).toBe("1h ago"));
  it("is now where it is less than a second", () => expect(age("2026-03-02T12:00:00.200Z", now)).toBe("now"));
});

describe("words", () => {
  it("make a code readable", () => expect(words("pension_fund")).toBe("Pension fund"));
  it("agree with their number", () =>
    expect([plural(1, "client"), plural(2, "client")]).toEqual(["1 client", "2 clients"]));
});
