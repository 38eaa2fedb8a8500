import { Button, Checkbox } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { JobId } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { FolderField } from "../../kit/FolderField";
import { ParcelRun } from "./ParcelRun";
import { Slips } from "./Slips";

/** The exchange by stick: a parcel for the pool, and what comes back on it. */
export function Parcels() {
  const { t } = useTranslation();
  const [job, setJob] = useState<JobId>();
  const [originals, setOriginals] = useState(true);
  const make = useAct(commands.makeParcel, "jobs");
  const take = useAct(commands.takeParcel, "jobs");
  const [folder, setFolder] = useState("");
  const begin = async (act: (folder: string) => Promise<JobId | undefined>) => {
    const begun = await act(folder.trim());
    if (begun) setJob(begun);
  };
  return (
    <section aria-label={t("pool:parcel")} data-test="parcels">
      <h2 className="heading">{t("pool:parcel")}</h2>
      <div className="card parcels">
        <p className="small soft">{t("pool:parcel.what")}</p>
        <FolderField label={t("pool:parcel.folder")} value={folder} onChange={setFolder} />
        <Checkbox
          label={t("pool:parcel.originals")}
          checked={originals}
          onChange={(event) => setOriginals(event.currentTarget.checked)}
        />
        <div className="line">
          <Button
            onClick={() => void begin((dir) => make.run(dir, originals))}
            loading={make.busy}
            disabled={folder.trim() === ""}
            data-test="parcel-make"
          >
            {t("pool:parcel.make")}
          </Button>
          <Button
            variant="default"
            onClick={() => void begin((dir) => take.run(dir))}
            loading={take.busy}
            disabled={folder.trim() === ""}
            data-test="parcel-take"
          >
            {t("pool:parcel.take")}
          </Button>
        </div>
        <Slips folder={folder.trim()} />
        {job ? <ParcelRun key={job} job={job} onClose={() => setJob(undefined)} /> : null}
      </div>
    </section>
  );
}
