import { createBrowserRouter } from "react-router";
import { BrokenPage, MissingPage } from "@/app/broken-page";
import { Shell } from "@/app/shell";
import { arriving } from "@/lib/arriving";

/** Routes are thin: each loads its feature when it is first opened. */
export const router = createBrowserRouter([
  {
    element: <Shell />,
    HydrateFallback: () => null,
    errorElement: <BrokenPage />,
    children: [
      {
        index: true,
        lazy: () => arriving(async () => ({ Component: (await import("@/features/dashboard/page")).DashboardPage })),
      },
      {
        path: "territories/:territoryId?",
        lazy: () =>
          arriving(async () => ({ Component: (await import("@/features/territories/page")).TerritoriesPage })),
      },
      {
        path: "clients",
        lazy: () => arriving(async () => ({ Component: (await import("@/features/clients/page")).ClientsPage })),
      },
      {
        path: "advisors/:advisorId?",
        lazy: () => arriving(async () => ({ Component: (await import("@/features/advisors/page")).AdvisorsPage })),
      },
      { path: "*", element: <MissingPage /> },
    ],
  },
]);
