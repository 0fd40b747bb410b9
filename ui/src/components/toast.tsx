import type { CSSProperties } from "react";
import { type ExternalToast, Toaster as Sonner, toast as sonner } from "sonner";
import { Button } from "./Button";
import { Icon } from "./Icon";

const SHOWN_MS = 6000;
const MOST_SHOWN = 2;
/** A toast as young as this speaks of what led to the new page. */
const FRESH_MS = 1000;

type Shown = { id: string | number; at: number; page: string; hasAction: boolean };
let shown: Shown[] = [];

function dismiss(gone: Shown[]) {
  for (const { id } of gone) sonner.dismiss(id);
  shown = shown.filter((each) => !gone.includes(each));
}

/** On another page, takes away what was said on the last one. What can be undone stays its time. */
export function dismissPassing() {
  const page = window.location.hash;
  const now = Date.now();
  dismiss(
    shown.filter((each) => !each.hasAction && each.page !== page && now - each.at > FRESH_MS),
  );
}

type Note = { undo?: { label: string; run: () => void }; tone?: "done" | "fault" };

/** A done thing with its way back. Faults that need an answer are banners instead. */
export function notify(message: string, note: Note = {}) {
  const fault = note.tone === "fault";
  const options: ExternalToast = { duration: SHOWN_MS };
  const id = sonner.custom(
    (id) => (
      <div className="toast" role={fault ? "alert" : "status"}>
        <span className={fault ? "t-bad" : "t-ok"}>
          <Icon name={fault ? "error" : "pass"} size="sm" />
        </span>
        <span>{message}</span>
        {note.undo && (
          <Button
            size="sm"
            variant="ghost"
            onClick={() => {
              note.undo?.run();
              sonner.dismiss(id);
            }}
          >
            {note.undo.label}
          </Button>
        )}
      </div>
    ),
    options,
  );
  const now = Date.now();
  const page = window.location.hash;
  const still = shown.filter(({ at }) => now - at < SHOWN_MS);
  shown = [...still, { id, at: now, page, hasAction: note.undo !== undefined }];
  dismiss(shown.slice(0, -MOST_SHOWN));
}

export function Toaster() {
  // In the middle of the top bar, which is empty: the edges at the bottom have fields and status.
  return (
    <Sonner
      position="top-center"
      offset={4}
      gap={4}
      visibleToasts={MOST_SHOWN}
      style={{ "--width": "400px" } as CSSProperties}
    />
  );
}
