import { type ReactNode, useLayoutEffect, useState } from "react";
import { createPortal } from "react-dom";

/** At the right of the page's sub bar: what the tab below it is looking at. */
export function SubbarEnd({ children }: { children: ReactNode }) {
  const [bar, setBar] = useState<Element | null>(null);
  useLayoutEffect(() => setBar(document.querySelector(".subbar")), []);
  return bar && createPortal(<div className="subbar-end">{children}</div>, bar);
}
