import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSettings } from "../../app/asks";
import { go, usePlace } from "../../app/place";
import { commands } from "../../border/commands";
import type { ClipCard } from "../../border/generated";
import { gate } from "../../editor";
import { useAct, useAsk } from "../../kit/ask";
import { number, spokenTime } from "../../kit/format";
import { Keyed } from "../../kit/Keyed";
import { useKeys } from "../../kit/keys";
import { raise, tell } from "../../kit/notices";
import { StatePill } from "../../kit/Pill";
import { Foot, Top } from "../../kit/Slots";
import { Banners } from "./Banners";
import { ClipPicker } from "./ClipPicker";
import { FileDialog } from "./FileDialog";
import { Inspector, type Tab } from "./Inspector";
import { LeftPane } from "./LeftPane";
import { Missing } from "./Missing";
import { figureOf } from "./model";
import { Paper } from "./Paper";
import { SavePill } from "./SavePill";
import { SaveTrouble } from "./SaveTrouble";
import { Toolbar } from "./Toolbar";
import { useHeadline } from "./useHeadline";
import { useInsert } from "./useInsert";
import { useManuscript } from "./useManuscript";
import type { StoryInHand } from "./useStory";
import { Writing } from "./Writing";

type Open = Extract<StoryInHand, { at: "open" }>;

/** Paper in the middle, material at the left, one inspector at the right. */
export function OpenWorkspace({ hand }: { hand: Open }) {
  const { t } = useTranslation();
  const { session, open, refresh } = hand;
  const story = session.story;
  const place = usePlace();
  const speed = useSettings().data?.readingSpeed;
  const card = useAsk(["stories", "card", story], () => commands.story(story)).data ?? open.card;
  const clips = useAsk(["clips", story], () => commands.clips(story)).data ?? open.clips;
  const { editor, counts, version, heard } = useManuscript(speed);
  const [checked] = useDebouncedValue(version, 1500);
  const [tab, setTab] = useState<Tab>("facts");
  const [picking, setPicking] = useState(false);
  const [filing, setFiling] = useState(false);
  const checkpoint = useAct(commands.checkpoint, "stories");
  const mayWrite = open.readOnly === null && gate(session.doc).mayWrite;

  // A story that changed its state is opened anew, so that what may be written is true again.
  useEffect(() => {
    if (card.state !== open.card.state) void refresh().catch(raise);
  }, [card.state, open.card.state, refresh]);

  const take = useInsert(editor, story);
  const insert = (clip: ClipCard) => {
    take(clip);
    setPicking(false);
  };
  useEffect(() => {
    const wanted = clips.find((one) => one.clip === place.insert);
    if (!editor || !wanted || !mayWrite) return;
    go({ insert: null });
    const figure = figureOf(wanted);
    if (figure) editor.insertFigure(figure);
  }, [place.insert, clips, editor, mayWrite]);

  const keepVersion = async () => {
    try {
      await session.settled();
    } catch {
      return;
    }
    if (await checkpoint.run(story)) tell(t("write:version.kept"));
  };
  const headline = useHeadline(session.doc);
  useKeys({
    "Ctrl+Enter": () => mayWrite && setFiling(true),
    "Ctrl+KeyS": () => void keepVersion(),
    "Ctrl+Alt+KeyM": () => setTab("comments"),
    F8: () => setTab("checks"),
  });
  return (
    <>
      <Top title={headline || t("kit:untitled")} crumb={t(`kit:genre.${card.genre}`)}>
        <StatePill card={card} />
        <SavePill session={session} card={card} />
        {mayWrite && card.mine ? (
          <Button
            className="file-button"
            onClick={() => setFiling(true)}
            data-test="file"
            aria-keyshortcuts="Control+Enter"
          >
            <Keyed words={t("write:file")} />
          </Button>
        ) : null}
      </Top>
      <Foot>
        {counts ? (
          <>
            <span>{t("kit:characters", { count: counts.characters, shown: number(counts.characters) })}</span>
            <span>{t("kit:read-aloud", { time: spokenTime(counts.seconds) })}</span>
            <span>{t("write:foot.paragraphs", { count: counts.paragraphs })}</span>
          </>
        ) : null}
        <span>{mayWrite ? t("write:foot.keys") : t("write:foot.read-only")}</span>
      </Foot>
      <div className="room write">
        <LeftPane
          story={story}
          clips={clips}
          onInsert={mayWrite ? insert : undefined}
          onPick={() => setPicking(true)}
        />
        <section className="desk" aria-label={t("write:desk")}>
          {editor && mayWrite ? <Toolbar editor={editor} onFigure={() => setPicking(true)} /> : null}
          <SaveTrouble session={session} />
          <Writing session={session} />
          <Missing session={session} editor={mayWrite ? editor : null} />
          <Banners card={card} readOnly={open.readOnly} editor={editor} onDone={() => void refresh()} />
          <Paper session={session} clips={clips} editable={mayWrite} onText={heard} />
        </section>
        <Inspector
          card={card}
          open={open}
          editor={editor}
          tab={tab}
          onTab={setTab}
          checked={checked}
          mayWrite={mayWrite}
          onKeep={() => void keepVersion()}
        />
      </div>
      {picking ? <ClipPicker story={story} onPick={insert} onClose={() => setPicking(false)} /> : null}
      {filing && editor ? (
        <FileDialog
          session={session}
          card={card}
          counts={counts}
          editor={editor}
          onClose={() => setFiling(false)}
          onFiled={() => void refresh()}
        />
      ) : null}
    </>
  );
}
