/** Conditions of rules as people read them: the api writes them as code, amounts in whole units of the rules' currency. */

import { exactCompact } from "@/lib/format";

const AMOUNT = "\\d+(?:\\.\\d+)?";
const BETWEEN = new RegExp(`(${AMOUNT}) <= (aum|revenue) < (${AMOUNT})`, "g");
const BEYOND = new RegExp(String.raw`\b(aum|revenue) (>=|<) (${AMOUNT})`, "g");

export const conditionWords = (text: string): string =>
  text
    .replaceAll(
      BETWEEN,
      (_, low: string, field: string, high: string) => `${amount(low)} ≤ ${name(field)} < ${amount(high)}`,
    )
    .replaceAll(
      BEYOND,
      (_, field: string, than: string, bound: string) => `${name(field)} ${than === "<" ? than : "≥"} ${amount(bound)}`,
    );

const name = (field: string): string => (field === "aum" ? "AUM" : field);
const amount = (digits: string): string => exactCompact(Number(digits));
