import { type ExternalToast, Toaster as Sonner, toast as sonner } from "sonner";
import { Button } from "./Button";
import { Icon } from "./Icon";

const SHOWN_MS = 6000;

type Note = { undo?: { label: string; run: () => void }; tone?: "done" | "fault" };

/** A done thing with its way back. Faults that need an answer are banners instead. */
export function notify(message: string, note: Note = {}) {
  const fault = note.tone === "fault";
  const options: ExternalToast = { duration: SHOWN_MS };
  sonner.custom(
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
}

export function Toaster() {
  return <Sonner position="bottom-right" offset={16} gap={8} visibleToasts={4} />;
}
