import { Button } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ReviewCard } from "../../border/generated";
import type { Counts, StoryEditor } from "../../editor";
import { readFlat } from "../../editor";
import { sentenceOf } from "../../kit/failure";
import { number, shortHash } from "../../kit/format";
import { Keyed } from "../../kit/Keyed";
import { hashOf } from "../write/checkedRev";
import type { StorySession } from "../write/session";
import { RejectDialog } from "./RejectDialog";
import { ReturnDialog } from "./ReturnDialog";
import type { Verbs } from "./useVerbs";
import { Without } from "./Without";

type Props = {
  card: ReviewCard;
  session: StorySession;
  counts: Counts | null;
  version: number;
  verbs: Verbs;
  editor: StoryEditor | null;
};

/** What exactly is signed, and the buttons. */
export function Decide({ card, session, counts, version, verbs, editor }: Props) {
  const { t } = useTranslation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version of the text has a new fingerprint
  const facts = useMemo(
    () => ({
      rev: hashOf(session),
      figures: readFlat(session.doc).filter((block) => block.kind === "atom").length,
    }),
    [session, version],
  );
  const characters = counts?.characters ?? card.open.card.characters;
  return (
    <div className="decide" data-test="decide">
      <p className="small muted">
        {t("review:sign", { print: shortHash(facts.rev) })}
        {" · "}
        {t("kit:characters", { count: characters, shown: number(characters) })}
        {" · "}
        {t("kit:figures", { count: facts.figures })}
      </p>
      <Buttons card={card} verbs={verbs} />
      <Without card={card} session={session} verbs={verbs} />
      {verbs.asking === "return" ? (
        <ReturnDialog verbs={verbs} passage={editor?.selectedText() ?? ""} />
      ) : null}
      {verbs.asking === "reject" ? <RejectDialog verbs={verbs} /> : null}
    </div>
  );
}

function Buttons({ card, verbs }: { card: ReviewCard; verbs: Verbs }) {
  const { t } = useTranslation();
  if (!card.heldByMe) {
    return verbs.mayClaim ? (
      <Button
        fullWidth
        onClick={verbs.claim}
        loading={verbs.busy}
        data-test="claim"
        aria-keyshortcuts="Enter"
      >
        <Keyed words={t("review:claim")} />
      </Button>
    ) : (
      <p className="small warn" role="status">
        {card.mayClaim ? sentenceOf(card.mayClaim) : ""}
      </p>
    );
  }
  return (
    <>
      {card.mayDecide ? <p className="small warn">{sentenceOf(card.mayDecide)}</p> : null}
      <div className="line" style={{ flexWrap: "nowrap" }}>
        <Button
          className="grow"
          onClick={verbs.pass}
          disabled={!verbs.mayDecide}
          loading={verbs.busy}
          data-test="pass"
          aria-keyshortcuts="A"
        >
          <Keyed words={t(`review:pass.${card.level ?? "first"}`)} />
        </Button>
        <Button
          variant="default"
          className="danger"
          onClick={verbs.askReturn}
          disabled={!verbs.mayDecide}
          data-test="return"
          aria-keyshortcuts="R"
        >
          <Keyed words={t("review:return")} />
        </Button>
      </div>
      <div className="line small" style={{ marginTop: 6 }}>
        <button
          type="button"
          className="link"
          onClick={verbs.release}
          disabled={verbs.busy}
          data-test="release-claim"
        >
          {t("review:release")}
        </button>
        <button type="button" className="link" onClick={verbs.askReject} disabled={!verbs.mayDecide}>
          {t("review:reject")}
        </button>
      </div>
    </>
  );
}
