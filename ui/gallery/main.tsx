/** `#room/language/theme`, such as `#write/en/dark`; `#first-run` and `#locked` show the doors. */
import "@mantine/core/styles.css";
import "@mantine/spotlight/styles.css";
import "../src/kit/tokens.css";
import "../src/kit/base.css";
import { createRoot } from "react-dom/client";
import { App } from "../src/app/App";
import { go, ROOMS } from "../src/app/place";
import { Root } from "../src/app/Root";
import { setTransport } from "../src/border/call";
import { makeFake } from "../src/border/fake";
import { speak } from "../src/words";

const [place = "today", language = "zh-CN", theme = "light"] = location.hash.slice(1).split("/");
const room = ROOMS.find((one) => one === place);
const phase = place === "first-run" || place === "locked" ? place : "ready";
const fake = makeFake({ language, phase, now: Date.now() });
const plain = await fake.call("settings", {});
fake.answer("settings", () => ({ ...(plain as object), language, theme }));
setTransport(fake);
speak(language);
const second = fake.stories[1];
if (room === "write" || room === "cut") go({ room, story: second?.story ?? null });
else if (place === "stories") go({ room: "write" });
else if (place === "returned") go({ room: "write", story: fake.stories[0]?.story ?? null });
else if (room) go({ room });

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <Root>
      <App />
    </Root>,
  );
}
