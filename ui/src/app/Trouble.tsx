import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Failure } from "../border/generated";
import { sentence } from "../kit/failure";
import { tell } from "../kit/notices";
import { i18next } from "../words";
import { copyDiagnostics } from "./NoticeBoard";

type Props = { failure: Failure; again?: (() => void) | undefined };

/** What happened, what is safe, what to do next: for refusals that stand between a person and the work. */
export function Trouble({ failure, again }: Props) {
  const { t } = useTranslation();
  const copy = () => void copyDiagnostics(failure).then(() => tell(t("app:notice.copied")));
  return (
    <div className="trouble" role="alert" data-test="trouble" data-code={failure.code}>
      <strong>{sentence(failure)}</strong>
      <dl className="facts">
        <dt>{t("app:trouble.safe")}</dt>
        <dd>{t("app:trouble.safe.any")}</dd>
        <dt>{t("app:trouble.next")}</dt>
        <dd>{nextStep(failure)}</dd>
      </dl>
      <div className="line">
        {again ? (
          <Button variant="default" onClick={again}>
            {t("kit:retry")}
          </Button>
        ) : null}
        <button type="button" className="link" onClick={copy}>
          {t("app:notice.copy")}
        </button>
      </div>
    </div>
  );
}

/** The way out of this very refusal, else that of its kind. */
function nextStep(failure: Failure): string {
  const own = `app:trouble.next.${failure.code}`;
  return i18next.t(i18next.exists(own) ? own : `app:trouble.next.${failure.remedy}`);
}
