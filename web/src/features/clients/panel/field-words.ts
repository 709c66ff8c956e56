/** Fields of a record as people say them, and their texts as people read them. */

import { exactMoney, utc, words } from "@/lib/format";
import { countryName } from "../words";

const NAMES: Record<string, string> = {
  lei: "LEI",
  tax_id: "Tax id",
  aum: "AUM",
  subdivision: "State or province",
  founded_on: "Founded",
  parent_record: "Parent record",
  record_status: "Status in the CRM",
  created_at: "Created in the CRM",
  client_type: "Type",
};

export const fieldName = (field: string): string => NAMES[field] ?? words(field);

export function fieldText(field: string, text: string): string {
  if (field === "aum" || field === "revenue") {
    const [amount = "", currency] = text.split(" ");
    return exactMoney(amount, currency);
  }
  if (field === "country") return `${countryName(text)} (${text})`;
  if (field === "created_at") return utc(text);
  return text;
}

export const sourceName = (record: string): string => words(record.split(":", 1)[0] ?? record);
export const recordId = (record: string): string => record.slice(record.indexOf(":") + 1);
