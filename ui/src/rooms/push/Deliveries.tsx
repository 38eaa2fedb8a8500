import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { DeliveryCard } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { sentenceOf, wordOf } from "../../kit/failure";
import { exact, shortHash } from "../../kit/format";
import { Pill } from "../../kit/Pill";
import { deliveryTone } from "./model";

type Props = { deliveries: readonly DeliveryCard[]; onUnknown: (delivery: DeliveryCard) => void };

/** The receipts, newest first; unknown is called unknown. */
export function Deliveries({ deliveries, onUnknown }: Props) {
  const { t } = useTranslation();
  const openLink = useAct(commands.openLink);
  if (deliveries.length === 0) return null;
  return (
    <ul className="plain-list receipts" aria-label={t("push:receipts")}>
      {deliveries.map((one) => (
        <li key={one.push} data-test={`delivery-${one.state}`}>
          <div className="line">
            <Pill tone={deliveryTone(one.state)}>{wordOf("push:state", one.state)}</Pill>
            <span className="small muted">
              {one.byName} · {exact(one.releasedAt ?? one.at)} · {shortHash(one.rev)}
            </span>
          </div>
          {one.state === "sending" && one.step ? (
            <p className="small soft">{wordOf("push:step", one.step.replace(/-\d+$/, ""), "")}</p>
          ) : null}
          {one.code ? <p className="small alarm">{sentenceOf(one.code)}</p> : null}
          {one.url ? (
            <button
              type="button"
              className="link receipt-link"
              onClick={() => void openLink.run(one.url ?? "")}
            >
              {one.url}
            </button>
          ) : null}
          {one.state === "unknown" ? (
            <div className="stack tight">
              <p className="small">{t("push:unknown.note")}</p>
              <Button variant="default" onClick={() => onUnknown(one)} data-test="resolve">
                {t("push:unknown.resolve")}
              </Button>
            </div>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
