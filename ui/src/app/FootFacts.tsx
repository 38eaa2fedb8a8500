import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { commands } from "../border/commands";
import { size } from "../kit/format";
import { useJobs } from "./asks";

/** Below this many free bytes the disk is told as a warning. */
const LOW_BYTES = 5_000_000_000;
/** How often the machine is looked at. */
const EVERY_MS = 60_000;

/** Facts about the machine, at the right of the bottom line. Nothing blinks. */
export function FootFacts({ onJobs }: { onJobs: () => void }) {
  const { t } = useTranslation();
  const machine = useQuery({ queryKey: ["machine"], queryFn: commands.machine, refetchInterval: EVERY_MS });
  const jobs = useJobs();
  const running =
    jobs.data?.filter((one) => ["queued", "running", "paused", "cancelling"].includes(one.state)).length ?? 0;
  const free = machine.data?.freeBytes;
  return (
    <div className="foot-facts">
      <button type="button" className="link" onClick={onJobs} data-test="jobs">
        {running > 0 ? t("app:jobs.button", { count: running }) : t("app:jobs.button.none")}
      </button>
      {machine.data?.battery != null ? (
        <span>{t("app:foot.battery", { percent: machine.data.battery })}</span>
      ) : null}
      {free === undefined ? null : (
        <span className={free < LOW_BYTES ? "warn" : ""}>
          {t(free < LOW_BYTES ? "app:foot.low" : "app:foot.free", { size: size(free) })}
        </span>
      )}
    </div>
  );
}
