import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMedia } from "../../app/asks";
import type { ClipCard } from "../../border/generated";
import { bindField, createStoryEditor, type StoryEditor } from "../../editor";
import { i18next } from "../../words";
import "../../editor/editor.css";
import "./paper.css";
import type { StorySession } from "./session";

type Props = {
  session: StorySession;
  clips: readonly ClipCard[];
  editable: boolean;
  /** Told when the editor is there, and after every change of the text. */
  onText?: ((editor: StoryEditor) => void) | undefined;
};

/** The manuscript: its fields and its body, on paper. */
export function Paper({ session, clips, editable, onText }: Props) {
  const { t, i18n } = useTranslation();
  return (
    <article className="sheet" aria-label={t("write:paper")} key={i18n.language}>
      <Field session={session} name="kicker" editable={editable} />
      <Field session={session} name="headline" editable={editable} />
      <Field session={session} name="deck" editable={editable} />
      <div className="by">
        <Field session={session} name="dateline" editable={editable} />
        <Field session={session} name="byline" editable={editable} />
      </div>
      <Body session={session} clips={clips} editable={editable} onText={onText} />
    </article>
  );
}

type FieldProps = { session: StorySession; name: string; editable: boolean };

/** One line of the head, bound to the shared text; it grows with its words. */
function Field({ session, name, editable }: FieldProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = input.current;
    if (!element) return;
    const grow = () => {
      element.style.height = "auto";
      element.style.height = `${element.scrollHeight}px`;
    };
    const field = bindField(session.doc.getText(name), element, { singleLine: true, onChange: grow });
    session.holders.add(field.flush);
    const sized = new ResizeObserver(grow);
    sized.observe(element);
    grow();
    return () => {
      sized.disconnect();
      session.holders.delete(field.flush);
      field.destroy();
    };
  }, [session, name]);
  return (
    <textarea
      ref={input}
      rows={1}
      className={`field ${name}`}
      aria-label={t(`write:field.${name}`)}
      placeholder={t(`write:field.${name}`)}
      data-field={name}
      readOnly={!editable}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.nativeEvent.isComposing && !event.ctrlKey) event.preventDefault();
      }}
    />
  );
}

function Body({ session, clips, editable, onText }: Props) {
  const { base, known } = useMedia();
  const holder = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<StoryEditor | null>(null);
  const told = useEffectEvent((one: StoryEditor) => onText?.(one));
  const sources = useEffectEvent((clip: string, kind: string) => {
    const card = clips.find((one) => one.clip === clip);
    if (base === "" || (card && !card.playable)) return { poster: null, play: null };
    if (kind === "picture") return { poster: `${base}picture/${clip}`, play: null };
    return { poster: kind === "video" ? `${base}poster/${clip}` : null, play: `${base}play/${clip}` };
  });
  const startEditable = useEffectEvent(() => editable);

  useEffect(() => {
    const element = holder.current;
    if (!element || !known) return;
    const made = createStoryEditor({
      element,
      ydoc: session.doc,
      editable: startEditable(),
      sources: (clip, kind) => sources(clip, kind),
      label: (key, values) => i18next.t(`write:${key}`, { ...values }),
      onUpdate: () => told(made),
    });
    session.holders.add(made.flush);
    setEditor(made);
    told(made);
    return () => {
      session.holders.delete(made.flush);
      made.destroy();
      setEditor(null);
    };
  }, [session, known]);
  useEffect(() => editor?.setEditable(editable), [editor, editable]);
  return <div ref={holder} className="body" />;
}
