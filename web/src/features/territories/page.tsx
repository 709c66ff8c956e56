import { PageHeader } from "@/components/page-header";

export function TerritoriesPage() {
  return <PageHeader title="Territories" />;
}
