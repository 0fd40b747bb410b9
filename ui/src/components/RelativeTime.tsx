import { useSyncExternalStore } from "react";
import { ago, dateTime } from "./format";

const TICK_MS = 30_000;
const subscribe = (changed: () => void) => {
  const timer = setInterval(changed, TICK_MS);
  return () => clearInterval(timer);
};
const tick = () => Math.floor(Date.now() / TICK_MS);

export function RelativeTime({ at }: { at: string }) {
  useSyncExternalStore(subscribe, tick);
  return (
    <time dateTime={at} title={dateTime(at)}>
      {ago(at)}
    </time>
  );
}
