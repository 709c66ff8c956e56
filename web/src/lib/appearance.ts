/** Theme and density: kept on this device, applied before the first paint by public/theme.js. */

import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";

const listeners = new Set<() => void>();
const system = matchMedia("(prefers-color-scheme: dark)");

export const theme = (): Theme => (localStorage.getItem("cadastre.theme") as Theme | null) ?? "system";
export const density = (): Density => (localStorage.getItem("cadastre.density") as Density | null) ?? "comfortable";

export function setTheme(next: Theme): void {
  if (next === "system") localStorage.removeItem("cadastre.theme");
  else localStorage.setItem("cadastre.theme", next);
  apply();
}

export function setDensity(next: Density): void {
  localStorage.setItem("cadastre.density", next);
  apply();
}

function apply(): void {
  const chosen = theme();
  document.documentElement.classList.toggle("dark", chosen === "system" ? system.matches : chosen === "dark");
  document.documentElement.dataset.density = density();
  for (const listener of listeners) listener();
}

system.addEventListener("change", apply);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, theme);
export const useDensity = (): Density => useSyncExternalStore(subscribe, density);
