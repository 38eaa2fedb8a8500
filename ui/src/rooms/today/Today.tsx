import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useQueue, useStories } from "../../app/asks";
import { go } from "../../app/place";
import { commands } from "../../border/commands";
import type { StoryCard } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAct } from "../../kit/ask";
import { longDay } from "../../kit/format";
import { Foot, Top } from "../../kit/Slots";
import { BeforeLeaving } from "./BeforeLeaving";
import { DoFirst } from "./DoFirst";
import { firstThings, inProgress } from "./model";
import { StoryRow } from "./StoryRow";
import "./today.css";
import { Whereto } from "./Whereto";

/** What to do next, where every story stands, where everything is. */
export function Today() {
  const { t } = useTranslation();
  const stories = useStories();
  const queue = useQueue();
  return (
    <>
      <Top title={t("app:room.today")} crumb={longDay(Date.now())} />
      <div className="room today">
        <Asked asked={stories}>
          {(cards) => (
            <div className="today-main">
              {cards.length === 0 && (queue.data ?? []).length === 0 ? <FirstStory /> : null}
              <DoFirst things={firstThings(cards, queue.data ?? [])} />
              <InProgress cards={inProgress(cards)} />
              <Facts cards={cards} />
            </div>
          )}
        </Asked>
        <aside>
          <Whereto />
          <BeforeLeaving />
        </aside>
      </div>
    </>
  );
}

function FirstStory() {
  const { t } = useTranslation();
  const create = useAct(() => commands.createStory("", "brief"), "stories");
  const start = async () => {
    const card = await create.run();
    if (card) go({ room: "write", story: card.story });
  };
  return (
    <section className="card beginning" aria-label={t("today:empty")}>
      <h2>{t("today:empty")}</h2>
      <p className="soft">{t("today:empty.tip")}</p>
      <ol className="plain-list">
        {["gather", "write", "file"].map((step) => (
          <li key={step}>
            <strong>{t(`today:begin.${step}`)}</strong>
            <p className="small soft">{t(`today:begin.${step}.note`)}</p>
          </li>
        ))}
      </ol>
      <div className="line">
        <Button onClick={() => void start()} loading={create.busy}>
          {t("app:action.new-story")}
        </Button>
        <Button variant="default" onClick={() => go({ room: "gather" })}>
          {t("app:action.import")}
        </Button>
      </div>
    </section>
  );
}

function InProgress({ cards }: { cards: readonly StoryCard[] }) {
  const { t } = useTranslation();
  if (cards.length === 0) return null;
  return (
    <section aria-label={t("today:in-progress")}>
      <h2 className="heading">{t("today:in-progress")}</h2>
      <ul className="card plain-list">
        {cards.map((card) => (
          <StoryRow key={card.story} card={card} />
        ))}
      </ul>
    </section>
  );
}

function Facts({ cards }: { cards: readonly StoryCard[] }) {
  const { t } = useTranslation();
  const drafts = cards.filter((one) => one.mine && one.state === "draft");
  const returned = drafts.filter((one) => one.returned !== null).length;
  return (
    <Foot>
      <span>{t("today:foot", { drafts: drafts.length - returned, returned })}</span>
    </Foot>
  );
}
