import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { Hash, StoryCard } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { moment, shortHash } from "../../kit/format";
import { StatePill, WherePill } from "../../kit/Pill";

const GENRES = ["brief", "feature", "interview", "comment", "voice", "photo"];

/** What a story is and where it stands. */
export function FactsTab({ card, rev, mayWrite }: { card: StoryCard; rev: Hash; mayWrite: boolean }) {
  const { t } = useTranslation();
  const set = useAct(commands.setGenre, "stories");
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
