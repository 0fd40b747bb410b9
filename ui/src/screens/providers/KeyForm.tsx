import { type FormEvent, type RefObject, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { BackendError } from "@/backend/backend";
import { useCall } from "@/backend/react";
import type { Provider } from "@/bindings/types";
import { Button } from "@/components/Button";
import { Field, Input } from "@/components/Field";

/** Whose key: the default one, or the one of that name. */
type Whose = Pick<Provider, "name" | "kind"> & { label?: string };

/** Kinds whose key has a form of its own, which is said beside the field. */
const FORMS = ["bedrock", "azure"] as const;
export type KeyShape = (typeof FORMS)[number];
export const keyForm = (kind: string): KeyShape | undefined => FORMS.find((form) => form === kind);

type Props = {
  provider: Whose;
  /** The variable to offer where there is no keychain. */
  env?: string;
  onKept: () => void;
  onCancel?: () => void;
};

/**
 * The key goes from the field straight to the backend. It is never React state, so that it is in
 * no render, no error report and no query cache; the field is emptied once the key is kept.
 */
export function KeyForm({ provider, env, onKept, onCancel }: Props) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  const keep = useKeepKey(field, provider, onKept);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.key();
  };
  return (
    <form className="key-form" onSubmit={submit}>
      <KeyField fieldRef={field} form={keyForm(provider.kind)} error={keep.error} />
      {keep.noKeychain ? (
        <NoKeychain
          message={keep.noKeychain}
          env={env}
          onEnv={keep.env}
          onFile={() => keep.key({ allow_file: true })}
        />
      ) : (
        <div className="row">
          <Button type="submit" size="sm" variant="primary">
            {t("providers.key.keep")}
          </Button>
          {onCancel && (
            <Button size="sm" variant="ghost" onClick={onCancel}>
              {t("cancel")}
            </Button>
          )}
        </div>
      )}
    </form>
  );
}

export function KeyField(props: {
  fieldRef: RefObject<HTMLInputElement | null>;
  error?: string | null;
  optional?: boolean;
  form?: KeyShape;
  /** There is one already; the field replaces it. */
  kept?: boolean;
}) {
  const { t } = useTranslation();
  return (
    <Field
      label={t("providers.key.label")}
      aside={props.optional ? t("providers.key.optional") : undefined}
      help={
        props.kept ? t("providers.key.kept") : props.form && t(`providers.key.form.${props.form}`)
      }
      error={props.error}
    >
      {({ id, describedBy, invalid }) => (
        <Input
          id={id}
          ref={props.fieldRef}
          type="password"
          icon="key"
          mono
          autoComplete="off"
          placeholder={t("providers.key.placeholder")}
          aria-describedby={describedBy}
          invalid={invalid}
        />
      )}
    </Field>
  );
}

/** Keeps what the field holds, in the keychain or, where there is none, where the person chooses. */
export function useKeepKey(
  field: RefObject<HTMLInputElement | null>,
  { name, kind, label }: Whose,
  onKept: (what: "key" | "env") => void,
) {
  const { t } = useTranslation();
  const call = useCall();
  const [error, setError] = useState<string | null>(null);
  const [noKeychain, setNoKeychain] = useState<string | null>(null);
  const done = (what: "key" | "env") => {
    if (field.current) field.current.value = "";
    setError(null);
    setNoKeychain(null);
    onKept(what);
  };
  const failed = (fault: BackendError) => {
    if (fault.code === "no_keychain") setNoKeychain(fault.message);
    else setError(fault.message);
  };
  return {
    error,
    noKeychain,
    refused: failed,
    key(choice: { allow_file?: boolean } = {}) {
      const key = field.current?.value.trim() ?? "";
      if (key === "") {
        setError(t("providers.key.missing"));
        field.current?.focus();
        return;
      }
      setError(null);
      const kept = label
        ? call("put_named_credential", { name, label, key, ...choice }, ["list_providers"])
        : call("put_credential", { name, key, ...choice }, ["list_providers"]);
      void kept.then(() => done("key")).catch(failed);
    },
    env(env: string) {
      const kept = label
        ? call("put_named_credential", { name, label, env }, ["list_providers"])
        : call("update_provider", { name, kind, credential: { env } }, ["list_providers"]);
      void kept.then(() => done("env")).catch(failed);
    },
  };
}

/** No keychain can be reached: where else the key may be is the person's choice, never ours. */
export function NoKeychain(props: {
  message: string;
  env: string | undefined;
  onEnv: (env: string) => void;
  onFile: () => void;
}) {
  const { t } = useTranslation();
  const [env, setEnv] = useState(props.env ?? "");
  const valid = /^[A-Za-z_][A-Za-z0-9_]*$/.test(env);
  return (
    <div className="no-keychain" role="alert">
      <p className="fw-6">{t("providers.noKeychain.title")}</p>
      <p className="fs-2 t-2">{props.message}</p>
      <div className="choice">
        <Field label={t("providers.noKeychain.envLabel")} help={t("providers.noKeychain.envHelp")}>
          {({ id, describedBy }) => (
            <span className="row">
              <Input
                id={id}
                mono
                aria-describedby={describedBy}
                value={env}
                onChange={(event) => setEnv(event.target.value.trim())}
              />
              <Button
                reason={!valid && t("providers.noKeychain.envShape")}
                onClick={() => props.onEnv(env)}
              >
                {t("providers.noKeychain.useEnv")}
              </Button>
            </span>
          )}
        </Field>
      </div>
      <div className="choice">
        <Button icon="lock" onClick={props.onFile}>
          {t("providers.noKeychain.useFile")}
        </Button>
        <p className="field-help">{t("providers.noKeychain.fileHelp")}</p>
      </div>
    </div>
  );
}
