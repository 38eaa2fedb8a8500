import "@mantine/core/styles.css";
import "@mantine/spotlight/styles.css";
import "./kit/tokens.css";
import "./kit/base.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { Root } from "./app/Root";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <Root>
      <App />
    </Root>,
  );
}
