import { IconFile, IconMicrophone, IconMovie, IconPhoto } from "@tabler/icons-react";
import { useMediaBase } from "../app/asks";
import type { ClipCard } from "../border/generated";
import "./clip.css";
import { runningTime } from "./format";

/** Picture or poster of a clip with its number or length; a sign where there is no picture. */
export function ClipThumb({ clip, label }: { clip: ClipCard; label?: string | undefined }) {
  const base = useMediaBase();
  const source = clip.hasThumb && base ? `${base}thumb/${clip.clip}` : undefined;
  const words = label ?? (clip.durationMs === null ? undefined : runningTime(clip.durationMs));
  return (
    <span className="thumb">
      {source ? <img src={source} alt="" /> : <KindSign kind={clip.kind} />}
      {words ? <span className="thumb-label">{words}</span> : null}
    </span>
  );
}

function KindSign({ kind }: { kind: string }) {
  const Icon =
    kind === "video"
      ? IconMovie
      : kind === "audio"
        ? IconMicrophone
        : kind === "picture"
          ? IconPhoto
          : IconFile;
  return <Icon size={26} stroke={1.4} aria-hidden />;
}
