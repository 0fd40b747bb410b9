/** jsdom lays nothing out: gives everything a size, so that virtual lists have rows to show. */
export function layOut(size = { width: 1080, height: 600 }) {
  const define = (name: "offsetWidth" | "offsetHeight", value: number) =>
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, value });
  define("offsetWidth", size.width);
  define("offsetHeight", size.height);
  Element.prototype.scrollTo ??= () => {};
}
