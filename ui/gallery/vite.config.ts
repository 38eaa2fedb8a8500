import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Pictures for the gallery: a gradient by the id that is asked for. */
const pictures: Plugin = {
  name: "pictures",
  configureServer(server) {
    server.middlewares.use("/media/", (request, answer) => {
      if (request.url?.startsWith("/play/")) {
        answer.statusCode = 404;
        answer.end();
        return;
      }
      const hue = [...(request.url ?? "")].reduce((sum, letter) => sum + letter.charCodeAt(0) * 7, 0) % 360;
      answer.setHeader("content-type", "image/svg+xml");
      answer.end(
        `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="800"><defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop stop-color="hsl(${hue} 18% 66%)"/><stop offset=".6" stop-color="hsl(${(hue + 60) % 360} 18% 48%)"/><stop offset="1" stop-color="hsl(${(hue + 120) % 360} 30% 62%)"/></linearGradient></defs><rect width="1200" height="800" fill="url(#g)"/></svg>`,
      );
    });
  },
};

/** The rooms over a core in memory, to be looked at in any browser. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [react(), pictures],
  server: { port: 1430, strictPort: true },
});
