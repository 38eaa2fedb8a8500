import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { sentence } from "../../kit/failure";
import type { StorySession } from "./session";
import { useSaveFact } from "./useStory";

/** The red bar while words cannot be kept; they stay in the window and are tried again. */
export function SaveTrouble({ session }: { session: StorySession }) {
  const { t } = useTranslation();
  const fact = useSaveFact(session);
  if (fact.kind !== "failing") return null;
  return (
    <div className="banner alarm" role="alert">
      <span className="grow">{sentence(fact.failure)}</span>
      <Button size="compact-sm" variant="default" onClick={() => session.retry()}>
        {t("kit:retry")}
      </Button>
    </div>
  );
}
