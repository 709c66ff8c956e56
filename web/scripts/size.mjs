// The JavaScript that a first visit loads, gzipped, against its budget: the entry and all that it imports statically.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 220;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const seen = new Set();
const follow = (name) => {
  if (seen.has(name)) return;
  seen.add(name);
  for (const next of manifest[name].imports ?? []) follow(next);
};
follow("index.html");
let total = 0;
for (const name of seen) {
  const { file } = manifest[name];
  const bytes = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
  total += bytes;
  console.log(`${(bytes / 1000).toFixed(1).padStart(7)} kB  ${file}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(7)} kB  initial JavaScript, of ${BUDGET_KB} kB allowed`);
process.exit(total > BUDGET_KB * 1000 ? 1 : 0);
