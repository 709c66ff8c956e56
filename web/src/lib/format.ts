/** How values are written: one voice for numbers, money and time on all pages. */

const LOCALE = "en-US";
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const short = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumSignificantDigits: 3 });
const bound = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumFractionDigits: 12 });
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: "always", style: "narrow" });
const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: "medium", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium" });

export const NONE = "–";

export const count = (value: number): string => whole.format(value);
export const percent = (value: number): string => `${tenth.format(value)} %`;
/** A load of 1 is a full book. */
export const load = (value: number): string => `${whole.format(value * 100)} %`;
export const compact = (value: number): string => short.format(value);
/** As short as it gets without rounding: what decides must be read as it is. */
export const exactCompact = (value: number): string => bound.format(value);

/** Money in as few figures as tell it: $1.25B. Decimals travel as text; the rounding here is for the eye only. */
export function money(amount: string | number | null | undefined, currency = "USD"): string {
  if (amount === null || amount === undefined) return NONE;
  return new Intl.NumberFormat(LOCALE, {
    style: "currency",
    currency,
    notation: "compact",
    maximumSignificantDigits: 3,
  }).format(Number(amount));
}

/** Every digit as it was sent, grouped: what a hover and a copy show. */
export function exactMoney(amount: string, currency = "USD"): string {
  const [units = "0", cents] = amount.split(".");
  const grouped = units.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return `${currency} ${grouped}${cents === undefined ? "" : `.${cents}`}`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

export function age(at: string, now: number): string {
  const seconds = Math.round((Date.parse(at) - now) / 1_000);
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return "now";
}

export const time = (at: string | number): string => clock.format(new Date(at));
export const date = (at: string): string => day.format(new Date(at));
/** The exact moment, as logs and colleagues in other zones write it. */
export const utc = (at: string): string => `${new Date(at).toISOString().replace("T", " ").slice(0, 19)} UTC`;

/** A code of the data as words: `institutional_investor` → `Institutional investor`. */
export function words(code: string): string {
  const spaced = code.replaceAll(/[_-]/g, " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
