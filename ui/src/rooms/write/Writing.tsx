import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import { useAct } from "../../kit/ask";
import { moment } from "../../kit/format";
import type { StorySession } from "./session";
import { useWriting } from "./useWriting";

/** Who else has the story in hand just now. It says so and stops nobody. */
export function Writing({ session }: { session: StorySession }) {
  const { t } = useTranslation();
  const { writing, heard } = useWriting(session);
  const take = useAct(commands.writing);
  if (!writing || writing.isHere) return null;
  const at = moment(writing.since);
  const takeOver = async () => {
    const answer = await take.run(session.story, "break");
    if (answer !== undefined) heard(answer);
  };
  return (
    <div className="banner" role="status" data-test="writing">
      <span className="grow">
        {writing.isMe ? t("write:writing.me", { at }) : t("write:writing.other", { name: writing.name, at })}
      </span>
      {writing.mayBreak ? (
        <Button size="compact-sm" variant="default" loading={take.busy} onClick={() => void takeOver()}>
          {t("write:writing.take")}
        </Button>
      ) : null}
    </div>
  );
}
