/** Opens the window over a core in memory. */
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { App } from "../src/app/App";
import { go, type Place } from "../src/app/place";
import { Root } from "../src/app/Root";
import { setTransport } from "../src/border/call";
import { type Fake, makeFake } from "../src/border/fake";
import { speak } from "../src/words";

const NOWHERE: Place = { room: "today", story: null, cut: null, reviewing: null, clip: null, insert: null };

/** English is spoken, so that the tests read like sentences. */
export function openWindow(place: Partial<Place> = {}, change: (fake: Fake) => void = () => undefined) {
  const fake = makeFake({ language: "en" });
  change(fake);
  setTransport(fake);
  speak("en");
  go({ ...NOWHERE, ...place });
  const user = userEvent.setup();
  render(
    <Root>
      <App />
    </Root>,
  );
  return { fake, user };
}
