import { LandmarkIcon, LayoutDashboardIcon, MapIcon, UsersRoundIcon } from "lucide-react";
import { NavLink } from "react-router";
import { cn } from "@/lib/cn";

export const PAGES = [
  { to: "/", name: "Dashboard", icon: LayoutDashboardIcon },
  { to: "/territories", name: "Territories", icon: MapIcon },
  { to: "/clients", name: "Clients", icon: LandmarkIcon },
  { to: "/advisors", name: "Advisors", icon: UsersRoundIcon },
] as const;

/** A rail on the left; under 768 px a bar at the thumb. Icons never stand without their word. */
export function Navigation() {
  return (
    <nav
      aria-label="Pages"
      className="no-print fixed inset-x-0 bottom-0 z-30 flex border-t bg-card md:sticky md:inset-x-auto md:top-12 md:bottom-auto md:z-auto md:h-[calc(100dvh-3rem)] md:w-[216px] md:shrink-0 md:flex-col md:gap-0.5 md:border-t-0 md:border-r md:bg-transparent md:p-3"
    >
      {PAGES.map(({ to, name, icon: Icon }) => (
        <NavLink
          key={to}
          to={to}
          end={to === "/"}
          className={({ isActive }) =>
            cn(
              "flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-label text-muted-foreground hover:text-foreground md:h-8 md:flex-none md:flex-row md:justify-start md:gap-2.5 md:rounded-md md:px-2.5 md:text-table md:hover:bg-muted [&_svg]:size-4",
              isActive && "font-medium text-foreground md:bg-accent [&_svg]:text-primary",
            )
          }
        >
          <Icon aria-hidden />
          {name}
        </NavLink>
      ))}
    </nav>
  );
}
