import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { StoryId } from "../../border/generated";
import { Loading } from "../../kit/Asked";
import { useAsk } from "../../kit/ask";
import { sentence } from "../../kit/failure";
import { Top } from "../../kit/Slots";
import { useStory } from "../write/useStory";
import { OpenDesk } from "./OpenDesk";

/** The story under review: opening, refused, or open. */
export function Desk({ story, nth, of }: { story: StoryId; nth: number; of: number }) {
  const { t } = useTranslation();
  const hand = useStory(story);
  const review = useAsk(["review", story], () => commands.review(story));
  const failure = hand.at === "refused" ? hand.failure : review.error;
  if (failure) {
    return (
      <div className="empty" role="alert">
        <Top title={t("app:room.review")} />
        <p>{sentence(failure)}</p>
        <Button
          onClick={() => {
            if (hand.at === "refused") hand.again();
            void review.refetch();
          }}
        >
          {t("kit:retry")}
        </Button>
      </div>
    );
  }
  if (hand.at !== "open" || !review.data) return <Loading />;
  return <OpenDesk hand={hand} card={review.data} nth={nth} of={of} />;
}
