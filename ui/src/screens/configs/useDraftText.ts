import { getDraft, putDraft } from "./drafts";
import { record, stepBack, stepForth } from "./form/history";
import type { ConfigState } from "./useConfig";

/** The one way to write a draft's text, for every tab; each write can be undone from each of them. */
export function useDraftText(slug: string, state: ConfigState) {
  // Read anew: an event may write twice before the window is drawn again.
  const now = () => getDraft(slug)?.text ?? state.base.source;
  const put = (text: string) => {
    if (text === state.base.source) return putDraft(slug, null);
    putDraft(slug, {
      from: state.base.number,
      seen: getDraft(slug)?.seen ?? state.config.latest_version,
      text,
      editedAt: new Date().toISOString(),
    });
  };
  const go = (text: string | null) => {
    if (text !== null) put(text);
    return text !== null;
  };
  return {
    now,
    /** `step` names what is being typed in; writes of one step are undone together. */
    write(text: string, step: string | null = null) {
      if (text === now()) return;
      record(slug, now(), step);
      put(text);
    },
    undo: () => go(stepBack(slug, now())),
    redo: () => go(stepForth(slug, now())),
  };
}

export type DraftText = ReturnType<typeof useDraftText>;
