import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useActions } from "@/app/actions";
import { useDebounced } from "@/app/useDebounced";
import { useOp } from "@/backend/react";
import type { DryRunResult } from "@/bindings/types";
import { IconButton } from "@/components/Button";
import { type ConfigState, parseJson } from "../useConfig";
import { useForm } from "./context";
import { useFaults } from "./faults";
import { Recorded } from "./try/Recorded";
import { Result } from "./try/Result";
import { SampleFields } from "./try/SampleFields";
import { type Change, FIRST_SAMPLE, rangeOf, requestFor, type Sample } from "./try/sample";

type Props = {
  state: ConfigState;
  onAnswer: (answer: DryRunResult | null) => void;
  /** One line until it is wanted, where there is more to see above it. */
  startsClosed?: boolean;
};

const PAUSE_MS = 250;
/** What was tried of a config stays while the window is open. */
const samples = new Map<string, Sample>();
const OPEN = "modelux.try";

/** What would happen to a request with this draft, without calling anybody. */
export function TryRequest({ state, onAnswer, startsClosed = false }: Props) {
  const { t } = useTranslation();
  const { slug } = useForm();
  const remembered = startsClosed ? `${OPEN}.rules` : OPEN;
  const [open, setOpen] = useState(
    () => (localStorage.getItem(remembered) ?? (startsClosed ? "closed" : "open")) === "open",
  );
  const [sample, setSample] = useState<Sample>(() => samples.get(slug) ?? FIRST_SAMPLE);
  const change = (next: Partial<Sample>) => {
    const merged = { ...sample, ...next };
    samples.set(slug, merged);
    setSample(merged);
  };
  const show = (next: boolean) => {
    localStorage.setItem(remembered, next ? "open" : "closed");
    setOpen(next);
  };
  useActions([
    {
      id: "try",
      group: "page",
      label: t("form.try.title"),
      icon: "play",
      shortcut: "t",
      run: () => {
        show(true);
        setTimeout(() =>
          document.querySelector<HTMLElement>(".fm-try input:not([disabled])")?.focus(),
        );
      },
    },
  ]);
  return (
    <section className="fm-try" aria-label={t("form.try.title")}>
      <div className="fm-try-head">
        <h2>{t("form.try.title")}</h2>
        <span className="t-3 fs-2 truncate">{t("form.try.local")}</span>
        <span className="grow" />
        {open && <Recorded sample={sample} onChange={change} />}
        <IconButton
          icon={open ? "chev-d" : "chev-u"}
          label={t(open ? "form.try.close" : "form.try.open")}
          aria-expanded={open}
          onClick={() => show(!open)}
        />
      </div>
      {open && <Opened {...{ state, sample, onAnswer }} onChange={change} />}
    </section>
  );
}

function Opened({
  state,
  sample,
  onChange,
  onAnswer,
}: Props & { sample: Sample; onChange: Change }) {
  const { run, reason } = useAnswer(state, sample);
  const answer = reason === null ? (run.data ?? null) : null;
  useEffect(() => onAnswer(answer), [answer, onAnswer]);
  useEffect(() => () => onAnswer(null), [onAnswer]);
  return (
    <>
      <SampleFields sample={sample} onChange={onChange} />
      <Result answer={answer} fault={reason ?? run.error?.message ?? null} />
    </>
  );
}

/** Asks again whenever the draft or the sample is another one and has come to rest. */
function useAnswer(state: ConfigState, sample: Sample) {
  const { t } = useTranslation();
  const { slug } = useForm();
  const settled = useDebounced(sample, PAUSE_MS);
  const faults = useFaults(slug).size;
  const errors =
    faults +
    (state.validation?.diagnostics.filter(({ severity }) => severity === "error").length ?? 0);
  const range = rangeOf(settled);
  const isFit = errors === 0 && range === null;
  const ready = state.validated && isFit && state.validation?.valid === true;
  const input = {
    request: requestFor(slug, settled),
    slug,
    ...(state.draft && { document: parseJson(state.text) }),
    ...(settled.assume.length > 0 && { assume: settled.assume }),
  };
  const run = useOp("dry_run", input, {
    enabled: ready,
    retry: false,
    gcTime: 10_000,
    placeholderData: (previous) => previous,
  });
  const reason =
    errors > 0
      ? t("form.try.mend", { count: errors })
      : range && t("form.try.outOfRange", { field: t(`form.try.${range.field}`) });
  return { run, reason: reason ?? null };
}
