import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { KeyStore } from "../../border/generated";
import { JoinCentre } from "./JoinCentre";
import { StartCentre } from "./StartCentre";

/** An invitation, or the first person of a new centre. */
export function WhoIAm({ keyStore }: { keyStore: KeyStore }) {
  const { t } = useTranslation();
  const [way, setWay] = useState("join");
  return (
    <>
      <h2 className="heading">{t("app:first.who")}</h2>
      <SegmentedControl
        aria-label={t("app:first.who")}
        value={way}
        onChange={setWay}
        data={[
          { value: "join", label: t("app:first.who.join") },
          { value: "start", label: t("app:first.who.start") },
        ]}
      />
      {way === "join" ? <JoinCentre keyStore={keyStore} /> : <StartCentre keyStore={keyStore} />}
    </>
  );
}
