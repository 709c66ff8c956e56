import { PageHeader } from "@/components/page-header";

export function AdvisorsPage() {
  return <PageHeader title="Advisors" />;
}
