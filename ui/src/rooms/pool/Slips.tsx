import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { ParcelReport } from "../../border/generated";
import { useAct, useAsk } from "../../kit/ask";
import { size } from "../../kit/format";

/** What was decided here on stories that a review parcel brought: each can go back as a slip. */
export function Slips({ folder }: { folder: string }) {
  const { t } = useTranslation();
  const due = useAsk(["review", "slips"], commands.slipsDue);
  const write = useAct(commands.makeSlip, "sync");
  const [made, setMade] = useState<ParcelReport>();
  if (!due.data?.length) return null;
  return (
    <div className="slips" data-test="slips">
      <h3 className="small soft">{t("pool:slip.due")}</h3>
      <ul className="plain-list">
        {due.data.map((one) => (
          <li key={one.story}>
            <span className="grow small">
              {t("pool:slip.made", { headline: one.headline || t("kit:untitled"), name: one.toName })}
            </span>
            <Button
              size="xs"
              variant="default"
              aria-label={t("pool:slip.write.named", { headline: one.headline || t("kit:untitled") })}
              disabled={folder === ""}
              loading={write.busy}
              onClick={() => void write.run(one.story, folder).then((report) => report && setMade(report))}
              data-test="slip-write"
            >
              {t("pool:slip.write")}
            </Button>
          </li>
        ))}
      </ul>
      {made ? (
        <p role="status" className="small" data-test="slip-made">
          {t("pool:slip", { folder: made.folder, size: size(made.bytes) })}
        </p>
      ) : null}
    </div>
  );
}
