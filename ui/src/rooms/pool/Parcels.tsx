import { Button, Checkbox } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { JobId } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { ParcelRun } from "./ParcelRun";

/** The exchange by stick: a parcel for the pool, and what comes back on it. */
export function Parcels() {
  const { t } = useTranslation();
  const [job, setJob] = useState<JobId>();
  const [originals, setOriginals] = useState(true);
  const make = useAct(commands.makeParcel, "jobs");
  const take = useAct(commands.takeParcel, "jobs");
  const pick = useAct(commands.pickFolder);
  const begin = async (act: (folder: string) => Promise<JobId | undefined>) => {
    const folder = await pick.run();
    const begun = folder ? await act(folder) : undefined;
    if (begun) setJob(begun);
  };
  return (
    <section aria-label={t("pool:parcel")} data-test="parcels">
      <h2 className="heading">{t("pool:parcel")}</h2>
      <div className="card parcels">
        <p className="soft">{t("pool:parcel.what")}</p>
        <div className="line">
          <Button
            onClick={() => void begin((folder) => make.run(folder, originals))}
            loading={make.busy}
            data-test="parcel-make"
          >
            {t("pool:parcel.make")}
          </Button>
          <Button
            variant="default"
            onClick={() => void begin((folder) => take.run(folder))}
            loading={take.busy}
            data-test="parcel-take"
          >
            {t("pool:parcel.take")}
          </Button>
          <Checkbox
            label={t("pool:parcel.originals")}
            checked={originals}
            onChange={(event) => setOriginals(event.currentTarget.checked)}
          />
        </div>
        {job ? <ParcelRun key={job} job={job} onClose={() => setJob(undefined)} /> : null}
      </div>
    </section>
  );
}
