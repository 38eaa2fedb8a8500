import { Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClips } from "../../app/asks";
import type { ClipCard, StoryId } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { ClipThumb } from "../../kit/ClipThumb";
import { Empty } from "../../kit/Empty";

const MOST = 60;

type Props = { story: StoryId; onPick: (clip: ClipCard) => void; onClose: () => void };

/** Chooses a clip for the text; those of the story first. */
export function ClipPicker({ story, onPick, onClose }: Props) {
  const { t } = useTranslation();
  const clips = useClips(null);
  const [words, setWords] = useState("");
  return (
    <Modal
      opened
      onClose={onClose}
      size={720}
      title={t("write:figure.insert")}
      closeButtonProps={{ "aria-label": t("kit:close") }}
    >
      <TextInput
        data-autofocus
        aria-label={t("gather:filter.words")}
        placeholder={t("gather:filter.words")}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        mb={12}
      />
      <Asked asked={clips}>
        {(cards) => {
          const shown = pickable(cards, story, words);
          return shown.length === 0 ? (
            <Empty words={t("write:figure.none")} />
          ) : (
            <div className="picker">
              {shown.map((clip) => (
                <button key={clip.clip} type="button" className="tile" onClick={() => onPick(clip)}>
                  <ClipThumb clip={clip} />
                  <span className="clip-text tile-name">{clip.caption || clip.name}</span>
                </button>
              ))}
            </div>
          );
        }}
      </Asked>
    </Modal>
  );
}

function pickable(clips: readonly ClipCard[], story: StoryId, words: string): ClipCard[] {
  const needle = words.trim().toLowerCase();
  return clips
    .filter((clip) => clip.kind !== "other" && `${clip.name} ${clip.caption}`.toLowerCase().includes(needle))
    .toSorted((a, b) => Number(b.story === story) - Number(a.story === story) || b.addedAt - a.addedAt)
    .slice(0, MOST);
}
