import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { Hash, StoryCard, StoryId } from "../../border/generated";
import { useAct, useAsk } from "../../kit/ask";
import { wordOf } from "../../kit/failure";
import { moment, shortHash } from "../../kit/format";
import { Others } from "../../kit/Others";
import { StatePill, WherePill } from "../../kit/Pill";

const GENRES = ["brief", "feature", "interview", "comment", "voice", "photo"];

/** What a story is and where it stands. */
export function FactsTab({ card, rev, mayWrite }: { card: StoryCard; rev: Hash; mayWrite: boolean }) {
  const { t } = useTranslation();
  const set = useAct(commands.setGenre, "stories", "sync");
  const openLink = useAct(commands.openLink);
  return (
    <div className="stack">
      <Select
        label={t("write:genre")}
        value={card.genre}
        disabled={!mayWrite}
        onChange={(genre) => genre && void set.run(card.story, genre)}
        data={GENRES.map((value) => ({ value, label: t(`kit:genre.${value}`) }))}
      />
      <Others
        name={t("write:genre")}
        others={card.others}
        words={(genre) => wordOf("kit:genre", genre)}
        onTake={mayWrite ? (genre) => void set.run(card.story, genre) : null}
        onKeep={mayWrite ? () => void set.run(card.story, card.genre) : null}
      />
      <dl className="facts">
        <dt>{t("write:fact.author")}</dt>
        <dd>{card.authorName}</dd>
        <dt>{t("write:fact.state")}</dt>
        <dd>
          <StatePill card={card} />
        </dd>
        <dt>{t("write:fact.where")}</dt>
        <dd>
          <WherePill where={card.whereabouts} />
        </dd>
        <dt>{t("write:fact.updated")}</dt>
        <dd>{moment(card.updated)}</dd>
        <dt>{t("write:fact.print")}</dt>
        <dd className="mono" title={rev}>
          {shortHash(rev)}
        </dd>
      </dl>
      {card.state === "draft" ? null : <Signatures story={card.story} />}
      {card.links.length > 0 ? (
        <section aria-label={t("write:links")}>
          <h2 className="heading">{t("write:links")}</h2>
          <ul className="plain-list stack tight small">
            {card.links.map((link) => (
              <li key={`${link.channel}${link.url}`}>
                <strong>{link.channel}</strong> <span className="muted">{moment(link.at)}</span>
                <br />
                <button
                  type="button"
                  className="link receipt-link"
                  onClick={() => void openLink.run(link.url)}
                >
                  {link.url}
                </button>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </div>
  );
}

/** Who signed, at which level, and whether it still holds. */
function Signatures({ story }: { story: StoryId }) {
  const { t } = useTranslation();
  const review = useAsk(["review", story], () => commands.review(story));
  const signatures = review.data?.signatures ?? [];
  if (signatures.length === 0) return null;
  return (
    <section aria-label={t("write:signed")}>
      <h2 className="heading">{t("write:signed")}</h2>
      <ul className="plain-list stack tight small">
        {signatures.map((one) => (
          <li key={`${one.level}${one.by}`}>
            {wordOf("kit:level", one.level)} <strong>{one.byName}</strong>{" "}
            <span className="muted">{moment(one.at)}</span>{" "}
            {one.holds ? null : <span className="warn">{t("write:signed.open")}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
