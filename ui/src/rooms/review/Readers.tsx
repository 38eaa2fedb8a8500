import { Checkbox } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Colleague, PersonId } from "../../border/generated";

type Props = {
  colleagues: readonly Colleague[];
  chosen: readonly PersonId[];
  onChosen: (people: readonly PersonId[]) => void;
};

/** Who may open the parcel: those who may judge this level first, the others on request. */
export function Readers({ colleagues, chosen, onChosen }: Props) {
  const { t } = useTranslation();
  const [isAll, setAll] = useState(false);
  const able = colleagues.filter((one) => one.forLevel);
  const shown = isAll || able.length === 0 ? colleagues : able;
  const toggle = (person: PersonId, on: boolean) =>
    onChosen(on ? [...chosen, person] : chosen.filter((one) => one !== person));
  if (colleagues.length === 0) return <p className="small warn">{t("review:out.to.none")}</p>;
  return (
    <fieldset className="roles">
      <legend>{t("review:out.to")}</legend>
      {shown.map((one) => (
        <Checkbox
          key={one.person}
          label={`${one.name} · ${one.roles.map((role) => t(`kit:role.${role}`)).join(t("kit:list-separator"))}`}
          checked={chosen.includes(one.person)}
          onChange={(event) => toggle(one.person, event.currentTarget.checked)}
        />
      ))}
      {shown.length < colleagues.length ? (
        <button type="button" className="link small" onClick={() => setAll(true)}>
          {t("review:out.more")}
        </button>
      ) : null}
    </fieldset>
  );
}
