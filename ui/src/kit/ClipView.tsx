import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMediaBase } from "../app/asks";
import { commands } from "../border/commands";
import type { ClipCard } from "../border/generated";
import { useAct } from "./ask";
import "./clip.css";

/** Shows or plays a clip; says plainly why when it cannot. */
export function ClipView({ clip }: { clip: ClipCard }) {
  const { t } = useTranslation();
  const base = useMediaBase();
  const fetch = useAct(commands.fetchOriginal, "jobs", "clips");
  if ((clip.note !== null && clip.note !== "torn") || !clip.playable) {
    return (
      <div className="banner warn">
        <span className="grow">{t(`kit:note.${clip.note ?? "not-here"}`)}</span>
        {clip.note === "not-here" ? (
          <Button
            size="compact-sm"
            variant="default"
            loading={fetch.busy}
            onClick={() => void fetch.run(clip.clip)}
          >
            {t("kit:fetch")}
          </Button>
        ) : null}
      </div>
    );
  }
  if (base === "") return null;
  if (clip.kind === "picture") {
    return (
      <>
        <img className="clip-view" src={`${base}picture/${clip.clip}`} alt={clip.caption || clip.name} />
        {clip.note === "torn" ? <p className="banner warn">{t("kit:note.torn")}</p> : null}
      </>
    );
  }
  if (clip.kind === "audio") {
    return (
      // biome-ignore lint/a11y/useMediaCaption: raw material has no captions yet
      <audio src={`${base}play/${clip.clip}`} controls aria-label={clip.name} style={{ width: "100%" }} />
    );
  }
  return (
    // biome-ignore lint/a11y/useMediaCaption: raw material has no captions yet
    <video
      className="clip-view"
      src={`${base}play/${clip.clip}`}
      poster={`${base}poster/${clip.clip}`}
      controls
      preload="metadata"
      aria-label={clip.name}
    />
  );
}
