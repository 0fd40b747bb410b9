/** jsdom lays nothing out: gives everything a size, so that virtual lists have rows to show. */
export function layOut(size = { width: 1080, height: 600 }) {
  for (const [dimension, value] of Object.entries(size)) {
    const name = dimension[0]?.toUpperCase() + dimension.slice(1);
    Object.defineProperty(HTMLElement.prototype, `client${name}`, { configurable: true, value });
    Object.defineProperty(HTMLElement.prototype, `offset${name}`, { configurable: true, value });
  }
  Element.prototype.scrollTo = function (this: Element, to?: ScrollToOptions | number) {
    if (typeof to === "object") this.scrollTop = to.top ?? this.scrollTop;
    this.dispatchEvent(new Event("scroll"));
  } as typeof Element.prototype.scrollTo;
}
