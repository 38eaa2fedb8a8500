import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keepDrawn } from "./drawn";

/** A player that stands, with its frame read. */
class Film extends EventTarget {
  paused = true;
  seeking = false;
  readyState = 2;
  videoWidth = 640;
  videoHeight = 360;
  tell(name: string): void {
    this.dispatchEvent(new Event(name));
  }
}

const watched = () => {
  const film = new Film();
  const painted: unknown[] = [];
  const still = {
    hidden: true,
    width: 0,
    height: 0,
    getContext: () => ({ drawImage: (from: unknown) => painted.push(from) }),
  };
  const stop = keepDrawn(film as unknown as HTMLVideoElement, still as unknown as HTMLCanvasElement);
  return { film, still, painted, stop };
};

describe("the picture of a standing film", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is laid over it once its frame is read", async () => {
    const { film, still, painted } = watched();
    film.seeking = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(still.hidden, "no frame yet").toBe(true);

    film.seeking = false;
    film.tell("seeked");
    await vi.advanceTimersByTimeAsync(1_000);

    expect(still.hidden).toBe(false);
    expect(painted[0]).toBe(film);
    expect([still.width, still.height]).toEqual([640, 360]);
  });

  it("steps aside while the film runs, and when the player has gone", async () => {
    const { film, still, stop } = watched();
    await vi.advanceTimersByTimeAsync(1_000);

    film.paused = false;
    film.tell("playing");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(still.hidden).toBe(true);

    film.paused = true;
    film.tell("pause");
    stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(still.hidden).toBe(true);
  });
});
