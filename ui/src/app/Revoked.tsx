import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "./asks";
import { go } from "./place";

/** On a computer that was revoked: what happened, what is safe, what next. It stays until the pool greets it again. */
export function Revoked() {
  const { t } = useTranslation();
  const me = useMe();
  const [isOpen, setOpen] = useState(true);
  if (!me?.revoked) return null;
  return (
    <section className="revoked" role="status" aria-label={t("app:revoked.title")} data-test="revoked">
      <div className="line">
        <strong className="grow">{t("app:revoked.title")}</strong>
        <button type="button" className="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {t(isOpen ? "app:revoked.less" : "app:revoked.more")}
        </button>
      </div>
      {isOpen ? (
        <ul className="said">
          <li>{t("app:revoked.what")}</li>
          <li>{t("app:revoked.safe")}</li>
          <li>{t("app:revoked.new")}</li>
          <li>
            {t("app:revoked.next")}{" "}
            <button type="button" className="link" onClick={() => go({ room: "pool" })}>
              {t("app:revoked.log")}
            </button>
          </li>
        </ul>
      ) : null}
    </section>
  );
}
