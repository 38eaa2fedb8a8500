import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { go } from "../../app/place";
import { moment, number, spokenTime } from "../../kit/format";
import type { FirstThing } from "./model";

/** The next steps; only the first one is the primary action. */
export function DoFirst({ things }: { things: readonly FirstThing[] }) {
  const { t } = useTranslation();
  if (things.length === 0) return null;
  return (
    <section aria-label={t("today:first")}>
      <h2 className="heading">{t("today:first")}</h2>
      <ul className="card plain-list">
        {things.map((thing, index) => (
          <Thing key={`${thing.kind}${thing.card.story}`} thing={thing} first={index === 0} />
        ))}
      </ul>
    </section>
  );
}

function Thing({ thing, first }: { thing: FirstThing; first: boolean }) {
  const { t } = useTranslation();
  const { kind, card } = thing;
  const headline = card.headline || t("kit:untitled");
  const open = () =>
    go(kind === "review" ? { room: "review", reviewing: card.story } : { room: "write", story: card.story });
  return (
    <li className={`first-thing ${kind}`}>
      <div className="when">
        {moment(kind === "returned" ? (card.returned?.at ?? card.updated) : card.updated)}
        <small>{t(`today:when.${kind}`)}</small>
      </div>
      <div className="grow">
        <h3>{headline}</h3>
        <p>{kind === "returned" ? <Reasons thing={thing} /> : <Measures thing={thing} />}</p>
      </div>
      <Button
        variant={first ? "filled" : "default"}
        aria-label={`${t(`today:go.${kind}`)} ${headline}`}
        onClick={open}
      >
        {t(`today:go.${kind}`)}
      </Button>
    </li>
  );
}

function Reasons({ thing }: { thing: FirstThing }) {
  const { t } = useTranslation();
  const back = thing.card.returned;
  if (!back) return null;
  const first = back.reasons[0];
  return (
    <>
      <strong className="alarm">{t("today:returned", { count: back.reasons.length })}</strong>{" "}
      {t("today:returned.by", {
        name: back.byName,
        note: first ? first.note || t(`kit:reason.${first.code}`) : "",
      })}
    </>
  );
}

function Measures({ thing }: { thing: FirstThing }) {
  const { t } = useTranslation();
  const { card } = thing;
  const parts = [
    t(`kit:genre.${card.genre}`),
    t("kit:characters", { count: card.characters, shown: number(card.characters) }),
    t("kit:read-aloud", { time: spokenTime(card.seconds) }),
    thing.kind === "review" ? card.authorName : "",
  ];
  return <>{parts.filter(Boolean).join(" · ")}</>;
}
