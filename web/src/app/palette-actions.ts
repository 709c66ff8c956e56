import {
  KeyboardIcon,
  LogOutIcon,
  MoonIcon,
  PauseIcon,
  PlayIcon,
  Rows3Icon,
  Rows4Icon,
  SunIcon,
  SunMoonIcon,
} from "lucide-react";
import { setDensity, setTheme, useDensity, useTheme } from "@/lib/appearance";
import { usePaused } from "@/lib/live/hooks";
import { session } from "@/lib/session";

export interface Action {
  name: string;
  icon: typeof KeyboardIcon;
  keys?: string;
  act: () => void;
}

/** What may be done from anywhere. What is so already is not offered. */
export function useActions(onShortcuts: () => void): Action[] {
  const theme = useTheme();
  const density = useDensity();
  const { paused, toggle } = usePaused();
  const actions: (Action | false)[] = [
    { name: paused ? "Resume updates" : "Pause updates", icon: paused ? PlayIcon : PauseIcon, act: toggle },
    theme !== "light" && { name: "Theme: light", icon: SunIcon, act: () => setTheme("light") },
    theme !== "dark" && { name: "Theme: dark", icon: MoonIcon, act: () => setTheme("dark") },
    theme !== "system" && { name: "Theme: as the system", icon: SunMoonIcon, act: () => setTheme("system") },
    density === "compact"
      ? { name: "Rows: comfortable", icon: Rows3Icon, act: () => setDensity("comfortable") }
      : { name: "Rows: compact", icon: Rows4Icon, act: () => setDensity("compact") },
    { name: "Keyboard shortcuts", icon: KeyboardIcon, keys: "?", act: onShortcuts },
    { name: "Sign out", icon: LogOutIcon, act: () => session.end("signed-out") },
  ];
  return actions.filter((action) => action !== false);
}
