import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Failure, FindingCard } from "../../border/generated";
import type { StoryEditor } from "../../editor";
import { Asked } from "../../kit/Asked";
import { Findings } from "../../kit/Findings";
import { JumpLink } from "./JumpLink";

type Props = { asked: UseQueryResult<FindingCard[], Failure>; editor: StoryEditor | null };

/** What the checks found, each with the way to its place. */
export function Checks({ asked, editor }: Props) {
  const { t } = useTranslation();
  return (
    <Asked asked={asked}>
      {(list) => (
        <Findings
          findings={list}
          none={t("write:checks.none")}
          jump={(finding) => <JumpLink finding={finding} editor={editor} />}
        />
      )}
    </Asked>
  );
}
