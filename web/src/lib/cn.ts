import { type ClassValue, clsx } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

// Our own sizes, which it would else take for colours and drop.
const merge = extendTailwindMerge({
  extend: { classGroups: { "font-size": [{ text: ["label", "table", "body", "section", "title", "figure"] }] } },
});

export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
