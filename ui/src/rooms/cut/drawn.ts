/**
 * Keeps the picture of a standing film on the screen. After a seek WebKit's GStreamer player at times has the frame
 * and leaves its layer black. The frame itself can be painted, so a still of it is laid over a standing film.
 */

/** The frame is painted when it has been read, and again for engines that are late (ms). */
const LOOKS_MS = [0, 80, 250, 600];
const STANDS = ["loadeddata", "seeked", "pause", "ended"];

/** Lays the present frame over a film that stands; the answer ends it. */
export function keepDrawn(video: HTMLVideoElement, still: HTMLCanvasElement): () => void {
  let timers: ReturnType<typeof setTimeout>[] = [];
  const stopLooking = () => {
    for (const timer of timers) clearTimeout(timer);
    timers = [];
  };
  const paint = () => {
    if (!video.paused || video.seeking || video.readyState < 2) return;
    still.width = video.videoWidth;
    still.height = video.videoHeight;
    still.getContext("2d")?.drawImage(video, 0, 0);
    still.hidden = false;
  };
  const stands = () => {
    stopLooking();
    timers = LOOKS_MS.map((wait) => setTimeout(paint, wait));
  };
  const runs = () => {
    stopLooking();
    still.hidden = true;
  };
  for (const event of STANDS) video.addEventListener(event, stands);
  video.addEventListener("playing", runs);
  stands();
  return () => {
    stopLooking();
    still.hidden = true;
    for (const event of STANDS) video.removeEventListener(event, stands);
    video.removeEventListener("playing", runs);
  };
}
