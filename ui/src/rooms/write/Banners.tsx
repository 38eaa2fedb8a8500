import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { ReasonCard, StoryCard } from "../../border/generated";
import type { StoryEditor } from "../../editor";
import { useAct } from "../../kit/ask";
import { wordOf } from "../../kit/failure";
import { moment } from "../../kit/format";
import { tell } from "../../kit/notices";
import { Branches } from "./Branches";
import { focusPassage } from "./JumpLink";

type Props = { card: StoryCard; readOnly: string | null; editor: StoryEditor | null; onDone: () => void };

/** Why a story came back, why it cannot be changed, what else lies beside it. */
export function Banners({ card, readOnly, editor, onDone }: Props) {
  const { t } = useTranslation();
  const withdraw = useAct(commands.decide, "stories", "queue");
  const mayWithdraw = card.mine && card.state.startsWith("awaiting") && card.holderName === null;
  const back = async () => {
    if (await withdraw.run(card.story, { act: "withdraw" })) onDone();
  };
  return (
    <>
      {card.returned && card.state === "draft" ? <Returned card={card} editor={editor} /> : null}
      {readOnly === null ? null : (
        <div className="banner" role="status" data-test="read-only">
          <span className="grow">
            {wordOf("write:read-only", whyShut(card.state, readOnly))}
            {card.holderName ? ` ${t("today:held", { name: card.holderName })}` : ""}
          </span>
          {mayWithdraw ? (
            <Button size="compact-sm" variant="default" loading={withdraw.busy} onClick={() => void back()}>
              {t("write:withdraw")}
            </Button>
          ) : null}
        </div>
      )}
      <Branches story={card.story} count={card.branches} />
    </>
  );
}

/** The core's word for why a story is shut, more exact where the state says more. */
function whyShut(state: string, readOnly: string): string {
  return readOnly === "in-review" && (state === "rejected" || state === "held") ? state : readOnly;
}

function Returned({ card, editor }: { card: StoryCard; editor: StoryEditor | null }) {
  const { t } = useTranslation();
  const back = card.returned;
  if (!back) return null;
  return (
    <div className="banner alarm returned" role="status" data-test="returned">
      <div className="grow">
        <strong className="alarm">
          {t("write:returned", { count: back.reasons.length, name: back.byName, at: moment(back.at) })}
        </strong>
        <ol className="reasons">
          {back.reasons.map((reason) => (
            <Reason
              key={`${reason.code}${reason.place}${reason.note}`}
              card={card}
              reason={reason}
              editor={editor}
            />
          ))}
        </ol>
      </div>
    </div>
  );
}

type ReasonProps = { card: StoryCard; reason: ReasonCard; editor: StoryEditor | null };

function Reason({ card, reason, editor }: ReasonProps) {
  const { t } = useTranslation();
  const [answering, setAnswering] = useState(false);
  const [answer, setAnswer] = useState("");
  const add = useAct(commands.addComment, "comments");
  const find = () => {
    if (editor && !focusPassage(editor, reason.place)) tell(t("write:passage.gone"));
  };
  const send = async () => {
    const text = t("write:answer.text", {
      reason: reason.note || t(`kit:reason.${reason.code}`),
      answer: answer.trim(),
    });
    if (!(await add.run(card.story, { kind: "advice", quote: reason.place, text, answers: null }))) return;
    setAnswering(false);
    setAnswer("");
    tell(t("write:answer.kept"));
  };
  return (
    <li>
      <strong>{wordOf("kit:reason", reason.code)}</strong> {reason.note}
      {reason.place ? <q className="muted"> {reason.place}</q> : null}{" "}
      {reason.place && editor ? (
        <button type="button" className="link" onClick={find}>
          {t("write:jump")}
        </button>
      ) : null}{" "}
      <button
        type="button"
        className="link"
        onClick={() => setAnswering(!answering)}
        aria-expanded={answering}
      >
        {t("write:answer")}
      </button>
      {answering ? (
        <div className="line" style={{ alignItems: "flex-end" }}>
          <Textarea
            className="grow"
            aria-label={t("write:answer")}
            value={answer}
            onChange={(event) => setAnswer(event.currentTarget.value)}
          />
          <Button disabled={answer.trim() === ""} loading={add.busy} onClick={() => void send()}>
            {t("write:answer.send")}
          </Button>
        </div>
      ) : null}
    </li>
  );
}
