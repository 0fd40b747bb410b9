import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { TopBar } from "@/app/TopBar";
import { BackendError } from "@/backend/backend";
import { useCall, useOp } from "@/backend/react";
import type { Provider, ProviderKind, ProviderOptions, Verification } from "@/bindings/types";
import { Button } from "@/components/Button";
import { Field, Input } from "@/components/Field";
import { ProviderMark } from "@/components/Mark";
import { Empty, LoadFault, Skeleton } from "@/components/State";
import { notify } from "@/components/toast";
import { VerifyResult } from "./detail/VerifyResult";
import { Gallery } from "./Gallery";
import { KeyField, keyForm, NoKeychain, useKeepKey } from "./KeyForm";
import { KeysLink } from "./KeysLink";
import { OptionFields } from "./Options";
import { unlisted, useAddModels, useVerify } from "./useVerify";

export function AddProvider({ kind: wanted }: { kind?: string }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const kinds = useOp("list_provider_kinds", {});
  const providers = useOp("list_providers", {});
  const offered = kinds.data?.data.filter(({ supported }) => supported) ?? [];
  const kind = offered.find((each) => each.kind === wanted) ?? offered[0];
  const taken = new Set(providers.data?.data.map(({ name }) => name));
  const call = useCall();
  const [made, setMade] = useState<string | null>(null);
  /** What this form has just made does not outlive it, unless the person keeps it. */
  const leave = async (to: string) => {
    try {
      if (made) await call("delete_provider", { name: made }, ["list_providers", "list_models"]);
      setMade(null);
      navigate(to, { replace: true });
    } catch (error) {
      notify(BackendError.from(error).message, { tone: "fault" });
    }
  };
  return (
    <>
      <TopBar
        crumb={{ label: t("nav.providers"), to: "/providers" }}
        title={t("providers.add")}
        actions={
          <Button variant="ghost" onClick={() => void leave("/providers")}>
            {made ? t("providers.new.cancelMade", { name: made }) : t("cancel")}
          </Button>
        }
      />
      <div className="body scroll">
        {kinds.error && <LoadFault error={kinds.error} retry={() => void kinds.refetch()} />}
        {kinds.isPending && <Skeleton />}
        {kinds.data && offered.length === 0 && <Empty title={t("providers.new.none")} />}
        {kind && providers.data && (
          <div className="add">
            <Gallery
              kinds={offered}
              chosen={kind.kind}
              onChoose={(next) => void leave(`/providers/_new/${next}`)}
            />
            <AddForm key={kind.kind} kind={kind} taken={taken} onMade={setMade} />
          </div>
        )}
      </div>
    </>
  );
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

function freeName(kind: string, taken: Set<string>): string {
  const base = kind.endsWith("_compatible") ? "custom" : kind;
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? base : `${base}-${n}`;
    if (!taken.has(name)) return name;
  }
}

function envName(name: string): string {
  return `${name.toUpperCase().replaceAll("-", "_")}_API_KEY`;
}

function isAddress(url: string): boolean {
  return /^https?:\/\/[^\s/]+/.test(url);
}

/** Which words help with the address. */
function urlHelp(kind: ProviderKind, custom: boolean): string {
  if (kind.options.includes("region")) return "regional";
  if (kind.options.includes("api_version")) return "azure";
  if (kind.kind === "anthropic_compatible") return "anthropic";
  return custom ? "openai" : "known";
}

type AddFormProps = {
  kind: ProviderKind;
  taken: Set<string>;
  /** Told what is there now and was not before this form. */
  onMade: (name: string | null) => void;
};

type Made = { provider: Provider; verification: Verification | "running" | null };

function AddForm({ kind, taken, onMade }: AddFormProps) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const call = useCall();
  const verify = useVerify();
  const addModels = useAddModels();
  const field = useRef<HTMLInputElement>(null);
  const custom = kind.base_url === undefined;
  const [name, setName] = useState(() => freeName(kind.kind, taken));
  const [baseUrl, setBaseUrl] = useState(kind.base_url ?? "");
  const [options, setOptions] = useState<ProviderOptions>({});
  const regional = kind.options.includes("region");
  const [shown, setShown] = useState(false);
  const [fault, setFault] = useState<BackendError | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const [keyKept, setKeyKept] = useState(false);

  const check = async (provider: Provider) => {
    setMade({ provider, verification: "running" });
    const verification = await verify(provider.name);
    setMade({ provider, verification });
    // A server of one's own is in no catalogue: what it offers is all there is to call.
    if (verification.ok && provider.models.length === 0) {
      await addModels(provider.name, unlisted(provider, verification.models));
    }
    if (verification.ok) navigate(`/providers/${provider.name}`, { replace: true });
  };
  const keep = useKeepKey(field, { name, kind: kind.kind }, (what) => {
    setKeyKept(what === "key");
    if (made) void check(made.provider);
  });

  const nameFault = !NAME.test(name)
    ? t("providers.new.nameShape")
    : taken.has(name) && made?.provider.name !== name
      ? t("providers.new.nameTaken", { name })
      : null;
  const urlFault =
    (regional && baseUrl === "") || isAddress(baseUrl) ? null : t("providers.new.urlShape");

  /** A key that cannot be kept leaves no provider without one behind. */
  const forget = async () => {
    await call("delete_provider", { name }, ["list_providers", "list_models"]).then(
      () => {
        setMade(null);
        onMade(null);
      },
      () => undefined,
    );
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setShown(true);
    setFault(null);
    const key = field.current?.value.trim() ?? "";
    if (nameFault || urlFault) return;
    let keyless = false;
    try {
      const input = {
        name,
        kind: kind.kind,
        ...(baseUrl === "" ? {} : { base_url: baseUrl }),
        ...(Object.keys(options).length > 0 && { options }),
      };
      const provider = made
        ? await call("update_provider", input, ["list_providers", "list_models"])
        : await call("create_provider", input, ["list_providers", "list_models"]);
      keyless = made === null && key !== "";
      onMade(name);
      setMade({ provider, verification: null });
      if (key === "") {
        await check(provider);
        return;
      }
      await call("put_credential", { name, key }, ["list_providers"]);
      keyless = false;
      setKeyKept(true);
      if (field.current) field.current.value = "";
      await check(provider);
    } catch (error) {
      const failure = BackendError.from(error);
      if (failure.code === "no_keychain") keep.refused(failure);
      else {
        setFault(failure);
        if (keyless) await forget();
      }
    }
  };

  const optionFields = (
    <OptionFields brief takes={kind.options} value={options} onChange={setOptions} />
  );
  return (
    <form className="add-form" onSubmit={(event) => void submit(event)}>
      <div className="st-title">
        <ProviderMark name={kind.kind} size="lg" />
        <h2>{kind.display_name}</h2>
      </div>
      <Field
        label={t("providers.new.name")}
        help={t("providers.new.nameHelp", { name: name || "name" })}
        error={shown || name !== freeName(kind.kind, taken) ? nameFault : null}
      >
        {({ id, describedBy, invalid }) => (
          <Input
            id={id}
            mono
            aria-describedby={describedBy}
            invalid={invalid}
            disabled={made !== null}
            value={name}
            onChange={(event) => setName(event.target.value.trim())}
          />
        )}
      </Field>
      {regional && optionFields}
      <Field
        label={t("providers.baseUrl")}
        aside={regional ? t("providers.new.urlOptional") : undefined}
        help={t(`providers.new.url.${urlHelp(kind, custom)}`)}
        error={shown ? urlFault : null}
      >
        {({ id, describedBy, invalid }) => (
          <Input
            id={id}
            mono
            icon="globe"
            placeholder={kind.base_url_example}
            aria-describedby={describedBy}
            invalid={invalid}
            value={baseUrl}
            onChange={(event) => setBaseUrl(event.target.value.trim())}
          />
        )}
      </Field>
      {!regional && optionFields}
      <KeyField
        fieldRef={field}
        form={keyForm(kind.kind)}
        optional={!kind.needs_key}
        kept={keyKept}
        error={keep.error}
      />
      {kind.key_env && !keep.noKeychain && !keyKept && (
        <p className="field-help">
          <KeysLink kind={kind} /> {t("providers.new.orEnv", { env: kind.key_env })}
        </p>
      )}
      {keep.noKeychain && (
        <NoKeychain
          message={keep.noKeychain}
          env={kind.key_env ?? envName(name)}
          onEnv={keep.env}
          onFile={() => keep.key({ allow_file: true })}
        />
      )}
      {fault && (
        <p className="t-bad fs-2" role="alert">
          {fault.message}
        </p>
      )}
      {!keep.noKeychain && (
        <div className="row">
          <Button
            type="submit"
            variant="primary"
            reason={made?.verification === "running" && t("providers.checking")}
          >
            {t(made ? "providers.new.again" : "providers.new.submit", { name: kind.display_name })}
          </Button>
          {made && (
            <Link className="btn btn-ghost" to={`/providers/${made.provider.name}`}>
              {t("providers.new.keepAnyway")}
            </Link>
          )}
        </div>
      )}
      <VerifyResult result={made?.verification ?? undefined} />
    </form>
  );
}
