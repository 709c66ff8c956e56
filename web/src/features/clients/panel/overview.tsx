import { useId } from "react";
import { GoldenRecord } from "./golden-record";
import { OverrideStands } from "./override-stands";
import type { ClientDetail } from "./queries";
import { Service } from "./service";

export function Overview({ detail }: { detail: ClientDetail }) {
  const service = useId();
  const golden = useId();
  return (
    <div className="flex flex-col gap-6">
      <OverrideStands detail={detail} />
      <section aria-labelledby={service}>
        <h3 id={service} className="pb-2 font-semibold text-section">
          Who serves it
        </h3>
        <Service detail={detail} />
      </section>
      <section aria-labelledby={golden}>
        <h3 id={golden} className="pb-2 font-semibold text-section">
          Golden record
        </h3>
        <GoldenRecord detail={detail} />
      </section>
    </div>
  );
}
