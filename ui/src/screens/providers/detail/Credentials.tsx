import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useDo } from "@/backend/react";
import type { NamedCredential, Provider } from "@/bindings/types";
import { Button, IconButton } from "@/components/Button";
import { Field, Input } from "@/components/Field";
import { Icon } from "@/components/Icon";
import { ConfirmDialog } from "@/components/Overlay";
import { notify } from "@/components/toast";
import { called } from "../called";
import { KeyField, KeyForm, keyForm, NoKeychain, useKeepKey } from "../KeyForm";
import { type Checked, useVerify } from "../useVerify";
import { VerifyResult } from "./VerifyResult";

/** Credentials besides the default one: targets ask for them by name. */
export function Credentials({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  if (provider.built_in) return null;
  const named = Object.entries(provider.credentials);
  return (
    <div className="section">
      <h2 className="section-title">{t("providers.credentials.title")}</h2>
      {named.length > 0 && (
        <ul className="cred-list" aria-label={t("providers.credentials.title")}>
          {named.map(([label, credential]) => (
            <Named key={label} provider={provider} label={label} credential={credential} />
          ))}
        </ul>
      )}
      {adding ? (
        <AddCredential provider={provider} onDone={() => setAdding(false)} />
      ) : (
        <>
          <Button size="sm" icon="plus" onClick={() => setAdding(true)}>
            {t("providers.credentials.add")}
          </Button>
          {named.length === 0 && (
            <p className="field-help">
              {t("providers.credentials.help")} <code>{'{"credential": "backup"}'}</code>
            </p>
          )}
        </>
      )}
    </div>
  );
}

type NamedProps = { provider: Provider; label: string; credential: NamedCredential };

function Named({ provider, label, credential }: NamedProps) {
  const { t } = useTranslation();
  const verify = useVerify();
  const [checked, setChecked] = useState<Checked>();
  const [replacing, setReplacing] = useState(false);
  const { source, env, hint, problem, used_by } = credential;
  const run = () => {
    setChecked("running");
    void verify(provider.name, label).then(setChecked);
  };
  return (
    <li>
      <div className="keyrow">
        <Icon name={source === "env" ? "terminal" : "key"} size="sm" />
        <span className="fw-5 mono truncate">{label}</span>
        <code className="t-2 truncate">{env ? `$${env}` : hint ? `••••${hint}` : "••••••••"}</code>
        <span className="grow" />
        <IconButton
          icon="refresh"
          label={t("providers.credentials.verify", { label })}
          onClick={run}
        />
        <IconButton
          icon="edit"
          label={t("providers.credentials.replace", { label })}
          onClick={() => setReplacing(!replacing)}
        />
        <Remove provider={provider} label={label} usedBy={used_by} />
      </div>
      <p className="field-help">
        {used_by.length === 0 ? t("providers.credentials.unused") : <UsedBy slugs={used_by} />}
      </p>
      {replacing && (
        <KeyForm
          provider={{ name: provider.name, kind: provider.kind, label }}
          env={env}
          onKept={() => setReplacing(false)}
          onCancel={() => setReplacing(false)}
        />
      )}
      {problem && <p className="field-help t-warn">{problem}</p>}
      <VerifyResult result={checked} />
    </li>
  );
}

function UsedBy({ slugs }: { slugs: string[] }) {
  const { t } = useTranslation();
  return (
    <>
      {t("providers.credentials.usedBy")}{" "}
      {slugs.map((slug, index) => (
        <span key={slug}>
          {index > 0 && ", "}
          <Link className="mono" to={`/configs/${slug.replace("@", "")}`}>
            {slug}
          </Link>
        </span>
      ))}
    </>
  );
}

function Remove({
  provider,
  label,
  usedBy,
}: {
  provider: Provider;
  label: string;
  usedBy: string[];
}) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const remove = useDo("delete_named_credential", {
    refreshes: ["list_providers"],
    onSuccess: () => {
      setAsking(false);
      notify(t("providers.credentials.removed", { label }));
    },
  });
  return (
    <>
      <IconButton
        icon="trash"
        label={t("providers.credentials.remove", { label })}
        onClick={() => setAsking(true)}
      />
      <ConfirmDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open);
          remove.reset();
        }}
        title={t("providers.credentials.removeTitle", { label, name: called(provider) })}
        actions={
          <>
            <Button onClick={() => setAsking(false)}>{t("cancel")}</Button>
            <Button
              variant="danger"
              reason={usedBy.length > 0 && t("providers.credentials.inUse")}
              onClick={() => remove.mutate({ name: provider.name, label })}
            >
              {t("providers.credentials.removeConfirm", { label })}
            </Button>
          </>
        }
      >
        <p className="t-2">
          {usedBy.length > 0
            ? t("providers.credentials.removeUsed", { configs: usedBy.join(", ") })
            : t("providers.credentials.removeText")}
        </p>
        {remove.error && (
          <p className="t-bad refused" role="alert">
            {remove.error.message}
          </p>
        )}
      </ConfirmDialog>
    </>
  );
}

const LABEL = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** A name and a key; the name is checked before the key leaves its field. */
function AddCredential({ provider, onDone }: { provider: Provider; onDone: () => void }) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  const [label, setLabel] = useState("");
  const [shown, setShown] = useState(false);
  const keep = useKeepKey(field, { name: provider.name, kind: provider.kind, label }, onDone);
  const fault = !LABEL.test(label)
    ? t("providers.credentials.nameShape")
    : label === "default"
      ? t("providers.credentials.nameDefault")
      : label in provider.credentials
        ? t("providers.credentials.nameTaken", { label })
        : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setShown(true);
    if (!fault) keep.key();
  };
  return (
    <form className="key-form" onSubmit={submit}>
      <Field
        label={t("providers.credentials.name")}
        help={t("providers.credentials.nameHelp")}
        error={shown ? fault : null}
      >
        {({ id, describedBy, invalid }) => (
          <Input
            id={id}
            mono
            autoFocus
            placeholder="backup"
            aria-describedby={describedBy}
            invalid={invalid}
            value={label}
            onChange={(event) => setLabel(event.target.value.trim())}
          />
        )}
      </Field>
      <KeyField fieldRef={field} form={keyForm(provider.kind)} error={keep.error} />
      {keep.noKeychain ? (
        <NoKeychain
          message={keep.noKeychain}
          env={envName(provider.name, label)}
          onEnv={keep.env}
          onFile={() => keep.key({ allow_file: true })}
        />
      ) : (
        <div className="row">
          <Button type="submit" size="sm" variant="primary">
            {t("providers.credentials.keep")}
          </Button>
          <Button size="sm" variant="ghost" onClick={onDone}>
            {t("cancel")}
          </Button>
        </div>
      )}
    </form>
  );
}

function envName(provider: string, label: string): string {
  return `${provider}_${label}_API_KEY`.toUpperCase().replaceAll("-", "_");
}
