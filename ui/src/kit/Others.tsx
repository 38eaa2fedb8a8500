import { useTranslation } from "react-i18next";
import type { OtherValue } from "../border/generated";
import { moment } from "./format";

type Props = {
  /** What the field is called. */
  name: string;
  others: readonly OtherValue[];
  /** A value as people read it. */
  words: (value: string) => string;
  /** None when this person may not change the field. */
  onTake: ((value: string) => void) | null;
  onKeep: (() => void) | null;
};

/** The values that others set at the same time: each stays here until somebody takes it or keeps the present one. */
export function Others({ name, others, words, onTake, onKeep }: Props) {
  const { t } = useTranslation();
  if (others.length === 0) return null;
  return (
    <div className="others small" role="status" data-test="others">
      {others.map((other) => (
        <p key={`${other.value}${other.byName}${other.at}`}>
          <span>
            {t("kit:others", { value: words(other.value), name: other.byName, at: moment(other.at) })}
          </span>{" "}
          {onTake ? (
            <button
              type="button"
              className="link"
              data-test="take-other"
              aria-label={t("kit:others.take.named", { field: name, value: words(other.value) })}
              onClick={() => onTake(other.value)}
            >
              {t("kit:others.take")}
            </button>
          ) : null}
        </p>
      ))}
      {onKeep ? (
        <button
          type="button"
          className="link"
          data-test="keep-own"
          aria-label={t("kit:others.keep.named", { field: name })}
          onClick={onKeep}
        >
          {t("kit:others.keep")}
        </button>
      ) : null}
    </div>
  );
}
