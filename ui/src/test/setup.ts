import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { toast } from "sonner";
import { afterEach, beforeEach } from "vitest";
import { reloadPreferences } from "@/app/preferences";
import "@/i18n";

// A screen is loaded when it is first shown, which takes a while on a busy machine.
configure({ asyncUtilTimeout: 8_000 });

// What jsdom lacks and the libraries ask for.
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
// Newer browsers give a promise, which no effect may return.
Element.prototype.scrollIntoView ??= async () => {};
Element.prototype.setPointerCapture ??= () => {};
Element.prototype.releasePointerCapture ??= () => {};
Element.prototype.getAnimations ??= () => [];
Range.prototype.getClientRects ??= () => [] as unknown as DOMRectList;
Range.prototype.getBoundingClientRect ??= () => new DOMRect();
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => {},
    removeEventListener: () => {},
  }) as unknown as MediaQueryList;

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  window.location.hash = "";
  reloadPreferences();
});

afterEach(() => {
  toast.dismiss();
  cleanup();
});
