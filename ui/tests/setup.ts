/** What jsdom lacks and Mantine or the virtual lists ask for. */
import { afterEach } from "vitest";

class NoObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

if (typeof window !== "undefined") {
  window.matchMedia ??= (query: string) =>
    ({
      matches: false,
      media: query,
      onchange: null,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
      addListener: () => undefined,
      removeListener: () => undefined,
      dispatchEvent: () => false,
    }) as MediaQueryList;
  globalThis.ResizeObserver ??= NoObserver as unknown as typeof ResizeObserver;
  if (!("fonts" in document)) {
    const fonts = { addEventListener: () => undefined, removeEventListener: () => undefined };
    Object.defineProperty(document, "fonts", { value: fonts });
  }
  Element.prototype.scrollIntoView ??= () => undefined;
  for (const name of ["offsetHeight", "offsetWidth", "clientHeight", "clientWidth"]) {
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => 800 });
  }
  const { cleanup, configure } = await import("@testing-library/react");
  // The machine that runs the tests may be busy with other work.
  configure({ asyncUtilTimeout: 8_000, getElementError: (message) => new Error(message ?? "not found") });
  afterEach(() => cleanup());
}
