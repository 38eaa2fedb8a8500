import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { go } from "../../app/place";
import type { StoryId } from "../../border/generated";
import { Loading } from "../../kit/Asked";
import { sentence } from "../../kit/failure";
import { Top } from "../../kit/Slots";
import { OpenWorkspace } from "./OpenWorkspace";
import { useStory } from "./useStory";

/** One story in hand: opening, refused, or open. */
export function Workspace({ story }: { story: StoryId }) {
  const { t } = useTranslation();
  const hand = useStory(story);
  if (hand.at === "opening") return <Loading />;
  if (hand.at === "refused") {
    return (
      <div className="empty" role="alert">
        <Top title={t("app:room.write")} />
        <p>{sentence(hand.failure)}</p>
        <div className="line">
          <Button onClick={hand.again}>{t("kit:retry")}</Button>
          <Button variant="default" onClick={() => go({ story: null })}>
            {t("write:all")}
          </Button>
        </div>
      </div>
    );
  }
  return <OpenWorkspace hand={hand} />;
}
