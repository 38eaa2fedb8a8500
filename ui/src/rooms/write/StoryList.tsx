import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStories } from "../../app/asks";
import { go } from "../../app/place";
import { commands } from "../../border/commands";
import { Asked } from "../../kit/Asked";
import { useAct } from "../../kit/ask";
import { Empty } from "../../kit/Empty";
import { Foot, Top } from "../../kit/Slots";
import { StoryRow } from "../today/StoryRow";
import { inView, VIEWS, type View } from "./model";

/** Every story on this laptop, by saved view. */
export function StoryList() {
  const { t } = useTranslation();
  const stories = useStories();
  const [view, setView] = useState<View>("all");
  const [words, setWords] = useState("");
  const create = useAct(() => commands.createStory("", "brief"), "stories");
  const start = async () => {
    const card = await create.run();
    if (card) go({ story: card.story });
  };
  return (
    <>
      <Top title={t("app:room.write")} crumb={t("write:list.crumb", { count: stories.data?.length ?? 0 })}>
        <Button onClick={() => void start()} loading={create.busy} data-test="new-story">
          {t("app:action.new-story")}
        </Button>
      </Top>
      <Foot>
        <span>{t("write:list.foot")}</span>
      </Foot>
      <div className="room story-list-room">
        <div className="line">
          <SegmentedControl
            size="xs"
            aria-label={t("write:list.view")}
            value={view}
            onChange={(next) => setView(VIEWS.find((one) => one === next) ?? "all")}
            data={VIEWS.map((value) => ({ value, label: t(`write:view.${value}`) }))}
          />
          <TextInput
            aria-label={t("write:list.find")}
            placeholder={t("write:list.find")}
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
            style={{ width: 260 }}
          />
        </div>
        <Asked asked={stories}>
          {(cards) => {
            const shown = inView(cards, view, words);
            return shown.length === 0 ? (
              <Empty
                words={t(cards.length === 0 ? "today:empty" : "write:list.none")}
                tip={cards.length === 0 ? t("today:empty.tip") : ""}
              />
            ) : (
              <ul className="card plain-list story-cards">
                {shown.map((card) => (
                  <StoryRow key={card.story} card={card} />
                ))}
              </ul>
            );
          }}
        </Asked>
      </div>
    </>
  );
}
