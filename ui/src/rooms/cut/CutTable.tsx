import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { go } from "../../app/place";
import { commands } from "../../border/commands";
import type { ClipCard, ClipId, CutCard, CutId, CutStep, StoryId } from "../../border/generated";
import { useAct } from "../../kit/ask";
import { useKeys } from "../../kit/keys";
import { byId, fpsOf, segmentFrom, split, startsOf, trim, under } from "./model";
import { Output } from "./Output";
import { Player } from "./Player";
import { Segments } from "./Segments";
import { Sources } from "./Sources";
import { Strip } from "./Strip";
import { useDeck } from "./useDeck";

type Props = {
  story: StoryId;
  cuts: readonly CutCard[];
  cut: CutCard | null;
  clips: readonly ClipCard[];
  onBegun: (cut: CutId) => void;
};

/** Player, segments, strip. Every change is kept by the core at once. */
export function CutTable({ story, cuts, cut, clips, onBegun }: Props) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const deck = useDeck(video);
  const clipOf = byId(clips);
  const films = clips.filter((clip) => clip.kind === "video" && !clip.isCut);
  const segments = cut?.segments ?? [];
  const [chosen, setChosen] = useState<number | null>(segments.length > 0 ? 0 : null);
  const [source, setSource] = useState<ClipId | null>(segments[0]?.clip ?? films[0]?.clip ?? null);
  const [marks, setMarks] = useState<{ from: number | null; to: number | null }>({ from: null, to: null });
  const create = useAct(async (name: string) => {
    const begun = await commands.createCut(story, name);
    onBegun(begun.cut);
    return begun;
  }, "cuts");
  const act = useAct(commands.changeCut, "cuts");

  const clip = source ? clipOf.get(source) : undefined;
  const fps = fpsOf(clip);
  const change = async (step: CutStep | undefined) => {
    if (!step) return;
    const table = cut ?? (await create.run(t("cut:name", { nth: cuts.length + 1 })));
    if (table && (await act.run(table.cut, step)) && !cut) go({ cut: table.cut });
  };
  const show = (id: ClipId, ms: number) => {
    setSource(id);
    requestAnimationFrame(() => deck.seek(ms));
  };
  const choose = (index: number) => {
    const segment = segments[index];
    if (!segment) return;
    setChosen(index);
    show(segment.clip, segment.fromMs);
  };
  const add = () => {
    const segment = clip ? segmentFrom(clip, marks.from, marks.to) : undefined;
    if (!segment) return;
    setMarks({ from: null, to: null });
    setChosen(segments.length);
    void change({ step: "add", at: segments.length, segment });
  };
  const current = chosen === null ? undefined : segments[chosen];
  const at = chosen === null ? 0 : (startsOf(segments)[chosen] ?? 0);
  const inside = current && source === current.clip && deck.ms >= current.fromMs && deck.ms <= current.toMs;
  const head = inside ? at + deck.ms - current.fromMs : null;
  const jump = (ms: number) => {
    const found = under(segments, ms);
    const segment = found ? segments[found.index] : undefined;
    if (!found || !segment) return;
    setChosen(found.index);
    show(segment.clip, found.clipMs);
  };
  const drop = (index: number) => {
    setChosen(segments.length > 1 ? Math.max(0, index - 1) : null);
    void change({ step: "remove", at: index });
  };
  const shift = (index: number, by: number) => {
    const next = index + by;
    if (next < 0 || next >= segments.length) return;
    setChosen(next);
    void change({ step: "move", from: index, to: next });
  };
  const takeBack = (step: "undo" | "redo") => {
    setChosen(null);
    void change({ step });
  };
  const cutHere = () => {
    if (head !== null) void change(split(segments, head));
  };
  useKeys({
    KeyJ: deck.back,
    KeyK: deck.stop,
    KeyL: deck.forward,
    Space: deck.toggle,
    KeyI: () => setMarks((before) => ({ ...before, from: deck.now() })),
    KeyO: () => setMarks((before) => ({ ...before, to: deck.now() })),
    KeyE: add,
    KeyB: cutHere,
    Delete: () => chosen !== null && drop(chosen),
    ArrowLeft: () => deck.step(-1000 / fps),
    ArrowRight: () => deck.step(1000 / fps),
    "Shift+ArrowLeft": () => deck.step(-1000),
    "Shift+ArrowRight": () => deck.step(1000),
    "Alt+ArrowLeft": () => chosen !== null && shift(chosen, -1),
    "Alt+ArrowRight": () => chosen !== null && shift(chosen, 1),
    "Ctrl+KeyZ": () => cut?.canUndo && takeBack("undo"),
    "Ctrl+Shift+KeyZ": () => cut?.canRedo && takeBack("redo"),
  });
  const passOn = (ms: number) => {
    if (!current || chosen === null || source !== current.clip || deck.rate <= 0 || ms < current.toMs) return;
    if (chosen + 1 >= segments.length) deck.stop();
    else {
      const next = segments[chosen + 1];
      if (!next) return;
      setChosen(chosen + 1);
      setSource(next.clip);
      deck.seek(next.fromMs);
      requestAnimationFrame(() => void video.current?.play().catch(() => deck.stop()));
    }
  };
  return (
    <div className="room cut">
      <Player
        video={video}
        deck={deck}
        clip={clip}
        fps={fps}
        marks={marks}
        onMark={setMarks}
        onAdd={add}
        onTime={passOn}
      />
      <aside className="cut-side">
        <Output story={story} cuts={cuts} cut={cut} empty={segments.length === 0} />
        <Sources
          clips={films}
          chosen={source}
          onChoose={(id) => {
            setChosen(null);
            show(id, 0);
          }}
        />
        <Segments
          segments={segments}
          clips={clipOf}
          chosen={chosen}
          onChoose={choose}
          onTrim={(index, ends) => {
            const longest = clipOf.get(segments[index]?.clip ?? ("" as ClipId))?.durationMs ?? 0;
            void change(trim(segments, index, ends, longest));
          }}
          onMove={shift}
          onRemove={drop}
          onUndo={cut?.canUndo ? () => takeBack("undo") : undefined}
          onRedo={cut?.canRedo ? () => takeBack("redo") : undefined}
        />
      </aside>
      <Strip segments={segments} clips={clipOf} chosen={chosen} head={head} onChoose={choose} onJump={jump} />
    </div>
  );
}
