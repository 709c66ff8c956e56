// The JavaScript, gzipped, that the first visit to each page must load before it can be used, against the budget: the
// entry, the page's own part, and all that both import statically. What comes later stands under it: parts that the page
// asks for by itself once it is there, or when somebody opens what they hold, each with what it adds.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 220;
const ENTRY = "index.html";
const PAGE = /^src\/features\/([^/]+)\/page\.tsx$/;

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

/** The parts that come with these, by what imports what statically. */
function closure(names, seen = new Set()) {
  for (const name of names) {
    if (seen.has(name)) continue;
    seen.add(name);
    closure(manifest[name].imports ?? [], seen);
  }
  return seen;
}

const sizes = new Map();
function bytes(parts) {
  let sum = 0;
  for (const name of parts) {
    const { file } = manifest[name];
    if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length);
    sum += sizes.get(file);
  }
  return sum;
}

const kB = (size, width = 7) => `${(size / 1000).toFixed(1).padStart(width)} kB`;
const without = (parts, known) => [...parts].filter((name) => !known.has(name));
const said = (name) => name.replace(/^src\//, "").replace(/\.tsx?$/, "");

function later(from, loaded) {
  const asked = new Set([...from].flatMap((name) => manifest[name].dynamicImports ?? []));
  for (const name of asked) {
    if (!PAGE.test(name)) console.log(`${kB(bytes(without(closure([name]), loaded)), 11)}  later: ${said(name)}`);
  }
}

const entry = closure([ENTRY]);
const pages = manifest[ENTRY].dynamicImports.filter((name) => PAGE.test(name));
console.log(`${kB(bytes(entry))}  every page: ${[...entry].map((name) => manifest[name].name).join(", ")}`);
later(entry, entry);

let over = pages.length === 0;
for (const page of pages) {
  const loaded = closure([ENTRY, page]);
  const size = bytes(loaded);
  over ||= size > BUDGET_KB * 1000;
  console.log(
    `${kB(size)}  ${PAGE.exec(page)[1]}, of ${BUDGET_KB} kB allowed${size > BUDGET_KB * 1000 ? ": too much" : ""}`,
  );
  later(without(loaded, entry), loaded);
}
process.exit(over ? 1 : 0);
