import { CloseButton } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { commands } from "../border/commands";
import type { Failure } from "../border/generated";
import { sentence } from "../kit/failure";
import { dismiss, tell, useNotices } from "../kit/notices";
import { go } from "./place";

/** Draws failures by their code, each with its way out. */
export function NoticeBoard() {
  const { t } = useTranslation();
  const notices = useNotices();
  return (
    <section className="notices" aria-label={t("app:notices")} aria-live="polite">
      {notices.map((notice) => (
        <div
          key={notice.id}
          className={`notice ${notice.kind}`}
          role={notice.kind === "failure" ? "alert" : "status"}
        >
          <div className="line" style={{ flexWrap: "nowrap", alignItems: "flex-start" }}>
            <span className="grow">
              {notice.kind === "failure" ? sentence(notice.failure) : notice.words}
            </span>
            <CloseButton size="sm" aria-label={t("app:notice.dismiss")} onClick={() => dismiss(notice.id)} />
          </div>
          {notice.kind === "failure" ? (
            <WayOut failure={notice.failure} again={notice.again} onDone={() => dismiss(notice.id)} />
          ) : null}
        </div>
      ))}
    </section>
  );
}

type WayOutProps = { failure: Failure; again: (() => void) | undefined; onDone: () => void };

function WayOut({ failure, again, onDone }: WayOutProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const copy = () => void copyDiagnostics(failure).then(() => tell(t("app:notice.copied")));
  const follow = () => {
    if (failure.remedy === "report") copy();
    if (failure.remedy === "wait-for-network") go({ room: "pool" });
    if (failure.remedy === "free-space") go({ room: "settings" });
    if (failure.remedy === "reload" || failure.remedy === "unlock") void client.invalidateQueries();
    if (failure.remedy === "try-again") again?.();
    onDone();
  };
  const label = failure.remedy === "try-again" && !again ? t("kit:close") : t(`app:remedy.${failure.remedy}`);
  return (
    <div className="line" style={{ marginTop: 6 }}>
      <button type="button" className="link" onClick={follow}>
        {label}
      </button>
      {failure.remedy === "report" ? null : (
        <button type="button" className="link" onClick={copy}>
          {t("app:notice.copy")}
        </button>
      )}
    </div>
  );
}

/** Puts the failure and the core's facts into the clipboard; without the core's facts the failure alone. */
export async function copyDiagnostics(failure?: Failure): Promise<void> {
  const facts = await commands.diagnostics().catch(() => "");
  const head = failure ? `${failure.code} ${JSON.stringify(failure.params)}\n${failure.message}\n\n` : "";
  await navigator.clipboard.writeText(head + facts);
}
