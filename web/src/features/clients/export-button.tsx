import { useMutation } from "@tanstack/react-query";
import { DownloadIcon } from "lucide-react";
import { Button } from "@/components/ui/button";
import { arriving } from "@/lib/arriving";
import { scopeWords, useMe } from "@/lib/me";
import type { View } from "./view";

/** What writes the file comes with its first use. */
export function ExportButton({ view, hidden }: { view: View; hidden: readonly string[] }) {
  const me = useMe();
  const save = useMutation({
    mutationFn: async () => {
      const { saveList } = await arriving(() => import("./export"));
      await saveList(view, hidden, me === undefined ? "" : scopeWords(me));
    },
    throwOnError: true, // only a part of the build that is gone: the page must be loaded anew
  });
  return (
    <Button variant="outline" disabled={save.isPending} onClick={() => save.mutate()}>
      <DownloadIcon aria-hidden />
      <span>
        <span className="max-sm:sr-only">Export </span>CSV
      </span>
    </Button>
  );
}
