import { Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStories } from "../../app/asks";
import { go, usePlace } from "../../app/place";
import { commands } from "../../border/commands";
import type { CutId, StoryId } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAsk } from "../../kit/ask";
import { Empty } from "../../kit/Empty";
import { Foot, Top } from "../../kit/Slots";
import "./cut.css";
import { CutTable } from "./CutTable";

/** The cutting room: one story, its clips, its cuts. */
export function Cut() {
  const { t } = useTranslation();
  const stories = useStories();
  const { story } = usePlace();
  const card = stories.data?.find((one) => one.story === story) ?? stories.data?.[0];
  return (
    <>
      <Top title={t("app:room.cut")}>
        {stories.data && stories.data.length > 0 ? (
          <Select
            aria-label={t("cut:story")}
            value={card?.story ?? null}
            onChange={(picked) =>
              go({ story: stories.data?.find((one) => one.story === picked)?.story ?? null, cut: null })
            }
            data={stories.data.map((one) => ({
              value: one.story as string,
              label: one.headline || t("kit:untitled"),
            }))}
            style={{ width: 360, flex: "0 1 360px" }}
          />
        ) : null}
      </Top>
      <Foot>
        <span>{t("cut:foot.keys")}</span>
        <span>{t("cut:foot.proxy")}</span>
      </Foot>
      <Asked asked={stories}>
        {() =>
          card ? (
            <Table key={card.story} story={card.story} />
          ) : (
            <Empty words={t("cut:no-story")} tip={t("cut:no-story.tip")} />
          )
        }
      </Asked>
    </>
  );
}

function Table({ story }: { story: StoryId }) {
  const cuts = useAsk(["cuts", story], () => commands.cuts(story));
  const clips = useAsk(["clips", story], () => commands.clips(story));
  const { cut } = usePlace();
  // A cut that is begun by its first segment stays on the table as it is: the film must not be loaded anew.
  const [born, setBorn] = useState<CutId | null>(null);
  return (
    <Asked asked={cuts}>
      {(list) => (
        <Asked asked={clips}>
          {(material) => {
            const chosen = list.find((one) => one.cut === cut) ?? list[0] ?? null;
            return (
              <CutTable
                key={chosen && chosen.cut !== born ? chosen.cut : "new"}
                story={story}
                cuts={list}
                cut={chosen}
                clips={material}
                onBegun={setBorn}
              />
            );
          }}
        </Asked>
      )}
    </Asked>
  );
}
