/** The transport of the player: where it stands and how it runs. */
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

const FASTEST = 4;

export type Deck = {
  /** Where it stands, as last drawn. */
  ms: number;
  /** Where it stands at this moment: a mark must not lag behind the picture. */
  now(): number;
  rate: number;
  seek(ms: number): void;
  forward(): void;
  back(): void;
  stop(): void;
  step(ms: number): void;
  toggle(): void;
};

/** Drives a video element. `rate` is 0 when it stands, below 0 when it runs back. */
export function useDeck(video: RefObject<HTMLVideoElement | null>): Deck {
  const [ms, setMs] = useState(0);
  const [rate, setRate] = useState(0);
  const reverse = useRef<ReturnType<typeof setInterval> | undefined>(undefined);

  const halt = useCallback(() => {
    clearInterval(reverse.current);
    reverse.current = undefined;
    video.current?.pause();
  }, [video]);

  const seek = useCallback(
    (target: number) => {
      const element = video.current;
      if (!element) return;
      const ms = Math.max(0, target);
      const go = () => {
        element.currentTime = ms / 1000;
      };
      // A film that is not read yet goes there as soon as it is.
      if (element.readyState === 0) element.addEventListener("loadedmetadata", go, { once: true });
      else go();
      setMs(ms);
    },
    [video],
  );

  // The element is the truth: it also moves by its own controls and at the end of the film.
  useEffect(() => {
    let frame = 0;
    const look = () => {
      const element = video.current;
      if (element && !element.seeking) setMs(element.currentTime * 1000);
      frame = requestAnimationFrame(look);
    };
    frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, [video]);

  useEffect(() => halt, [halt]);

  const stop = () => {
    halt();
    setRate(0);
    if (video.current) setMs(video.current.currentTime * 1000);
  };
  const forward = () => {
    const element = video.current;
    if (!element) return;
    const next = rate > 0 ? Math.min(FASTEST, rate * 2) : 1;
    halt();
    element.playbackRate = next;
    setRate(next);
    void element.play().catch(() => setRate(0));
  };
  const back = () => {
    const next = rate < 0 ? Math.max(-FASTEST, rate * 2) : -1;
    halt();
    setRate(next);
    reverse.current = setInterval(() => {
      const now = (video.current?.currentTime ?? 0) * 1000 + next * 100;
      seek(now);
      if (now <= 0) {
        halt();
        setRate(0);
      }
    }, 100);
  };
  const step = (by: number) => {
    halt();
    setRate(0);
    seek((video.current?.currentTime ?? 0) * 1000 + by);
  };
  const now = () => (video.current?.currentTime ?? 0) * 1000;
  return { ms, now, rate, seek, forward, back, stop, step, toggle: () => (rate === 0 ? forward() : stop()) };
}
