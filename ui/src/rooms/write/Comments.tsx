import { Button, Select, Textarea } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type FormEvent, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { CommentCard, Failure, StoryId } from "../../border/generated";
import type { StoryEditor } from "../../editor";
import { Asked } from "../../kit/Asked";
import { useAct } from "../../kit/ask";
import { Empty } from "../../kit/Empty";
import { moment } from "../../kit/format";
import { tell } from "../../kit/notices";
import { focusPassage } from "./JumpLink";

const KINDS = ["question", "advice", "must", "praise"];

type Props = { story: StoryId; editor: StoryEditor | null; asked: UseQueryResult<CommentCard[], Failure> };

/** Remarks on passages, with their answers. */
export function Comments({ story, editor, asked }: Props) {
  const { t } = useTranslation();
  const [answers, setAnswers] = useState<CommentCard | null>(null);
  return (
    <div className="stack">
      <Compose
        key={answers?.comment}
        story={story}
        editor={editor}
        answers={answers}
        onDone={() => setAnswers(null)}
      />
      <Asked asked={asked}>
        {(list) =>
          list.length === 0 ? (
            <Empty words={t("write:comments.none")} tip={t("write:comments.tip")} />
          ) : (
            <ul className="plain-list">
              {list
                .filter((one) => one.answers === null)
                .map((one) => (
                  <Thread
                    key={one.comment}
                    head={one}
                    replies={list.filter((reply) => reply.answers === one.comment)}
                    editor={editor}
                    onAnswer={() => setAnswers(one)}
                  />
                ))}
            </ul>
          )
        }
      </Asked>
    </div>
  );
}

type ThreadProps = {
  head: CommentCard;
  replies: readonly CommentCard[];
  editor: StoryEditor | null;
  onAnswer: () => void;
};

function Thread({ head, replies, editor, onAnswer }: ThreadProps) {
  const { t } = useTranslation();
  const find = () => {
    if (editor && !focusPassage(editor, head.quote)) tell(t("write:passage.gone"));
  };
  return (
    <li className={`comment ${head.kind}`}>
      <div className="line small muted">
        <span className="grow">
          {t(`write:comment.${head.kind}`)} · {head.byName}
        </span>
        <time>{moment(head.at)}</time>
      </div>
      {head.quote ? <q className="small muted">{head.quote}</q> : null}
      <p>{head.text}</p>
      {replies.map((reply) => (
        <p key={reply.comment} className="ok small">
          {reply.byName}: {reply.text}
        </p>
      ))}
      <div className="line small">
        {head.quote && editor ? (
          <button type="button" className="link" onClick={find}>
            {t("write:jump")}
          </button>
        ) : null}
        <button type="button" className="link" onClick={onAnswer}>
          {t("write:answer")}
        </button>
      </div>
    </li>
  );
}

type ComposeProps = {
  story: StoryId;
  editor: StoryEditor | null;
  answers: CommentCard | null;
  onDone: () => void;
};

const nothing = () => "";
const never = () => () => undefined;

function Compose({ story, editor, answers, onDone }: ComposeProps) {
  const { t } = useTranslation();
  const [kind, setKind] = useState("advice");
  const [text, setText] = useState("");
  const add = useAct(commands.addComment, "comments", "review");
  const selected = useSyncExternalStore(editor?.subscribe ?? never, editor?.selectedText ?? nothing);
  const quote = answers ? "" : selected.trim();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const comment = {
      kind: answers ? "advice" : kind,
      quote,
      text: text.trim(),
      answers: answers?.comment ?? null,
    };
    if (!(await add.run(story, comment))) return;
    setText("");
    onDone();
  };
  return (
    <form className="stack tight" onSubmit={(event) => void submit(event)}>
      {answers ? (
        <p className="small soft">
          {t("write:comment.answering", { name: answers.byName, text: answers.text })}
        </p>
      ) : (
        <Select
          size="xs"
          aria-label={t("write:comment.kind")}
          value={kind}
          onChange={(next) => setKind(next ?? "advice")}
          data={KINDS.map((value) => ({ value, label: t(`write:comment.${value}`) }))}
        />
      )}
      <p className="small muted" data-test="comment-quote">
        {answers ? "" : quote ? t("write:comment.on", { quote }) : t("write:comment.whole")}
      </p>
      <Textarea
        aria-label={t("write:comment.text")}
        placeholder={t("write:comment.text")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div className="line">
        <Button type="submit" size="compact-sm" disabled={text.trim() === ""} loading={add.busy}>
          {t("write:comment.send")}
        </Button>
        {answers ? (
          <Button size="compact-sm" variant="default" onClick={onDone}>
            {t("kit:cancel")}
          </Button>
        ) : null}
      </div>
    </form>
  );
}
