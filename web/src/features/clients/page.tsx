import { PageHeader } from "@/components/page-header";

export function ClientsPage() {
  return <PageHeader title="Clients" />;
}
