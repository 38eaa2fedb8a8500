import { defineConfig } from "vitest/config";

/** The editor's tests alone: `npx vitest run --config scripts/editor-vitest.config.ts`. They need no framework. */
export default defineConfig({
  test: { root: new URL("..", import.meta.url).pathname, environment: "jsdom", include: ["src/editor/**/*.test.ts"] },
});
