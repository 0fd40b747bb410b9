import { type FormEvent, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { useDo, useOp } from "@/backend/react";
import type { Snippet } from "@/bindings/types";
import { Button } from "@/components/Button";
import { Field, Input } from "@/components/Field";
import { Icon } from "@/components/Icon";
import { Snippets } from "@/components/Snippets";
import { LoadFault, Skeleton } from "@/components/State";
import { useMadeKey } from "./useMadeKey";
import { usePlan, usesSandboxOnly } from "./WhatItDoes";

/** Step 1: the two lines that change. */
export function PointSdk({ slug }: { slug: string | undefined }) {
  const { t } = useTranslation();
  const [made] = useMadeKey();
  const model = slug && `@${slug}`;
  const snippets = useOp("get_snippets", { model, key: made?.secret });
  const { plan, known } = usePlan(slug);
  const sandbox = usesSandboxOnly(plan, known);
  return (
    <>
      <p className="t-2">
        {t("start.point.text")}{" "}
        {model && (
          <Trans
            i18nKey={sandbox ? "start.point.sandbox" : "start.point.config"}
            values={{ model }}
            components={{ code: <code /> }}
          />
        )}
      </p>
      {snippets.error && <LoadFault error={snippets.error} retry={() => void snippets.refetch()} />}
      {snippets.isPending && <Skeleton rows={8} height={20} />}
      {snippets.data && (
        <>
          <Snippets
            given={snippets.data}
            marks={[
              snippets.data.openai_base_url,
              snippets.data.anthropic_base_url,
              model ?? "@production",
            ]}
          />
          <KeyLine snippets={snippets.data.snippets} app={snippets.data.app} />
        </>
      )}
    </>
  );
}

/** A key has 32 letters and digits; whatever else stands there is for a person to replace. */
const SECRET = /mlx_sk_[A-Za-z0-9]{20,}/;

function KeyLine({ snippets, app }: { snippets: Snippet[]; app: string }) {
  const { t } = useTranslation();
  const [made] = useMadeKey();
  const works = snippets.some(({ text }) => SECRET.test(text));
  if (!works) return <MakeKey app={app} />;
  return (
    <p className="step-note">
      <Icon name="key" size="xs" />
      {t(made ? "start.key.made" : "start.key.first", { app: made?.name ?? app })}
    </p>
  );
}

/** Keys are shown once. Where that was before, the snippets get a new one. */
function MakeKey({ app }: { app: string }) {
  const { t } = useTranslation();
  const [, setMade] = useMadeKey();
  const keys = useOp("list_keys", {}).data?.data;
  const [typed, setTyped] = useState<string | null>(null);
  const taken = (keys ?? []).filter((key) => !key.revoked_at).map(({ name }) => name);
  const name = typed ?? freeName(app, taken);
  const make = useDo("create_key", {
    refreshes: ["list_keys"],
    onSuccess: (key) => setMade({ name: key.name, secret: key.secret }),
  });
  const fault = taken.includes(name.trim()) ? t("start.key.taken", { name: name.trim() }) : null;
  const missing = name.trim() === "" ? t("start.key.unnamed") : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!fault && !missing && !make.isPending) make.mutate({ name: name.trim() });
  };
  return (
    <form className="make-key" onSubmit={submit}>
      <Icon name="key" size="sm" />
      <p className="grow fs-2">
        <strong>{t("start.key.placeholder")}</strong>{" "}
        <span className="t-2">{t("start.key.why")}</span>
      </p>
      <Field
        className="make-key-name"
        label={t("start.key.app")}
        error={fault ?? make.error?.message}
      >
        {({ id, describedBy, invalid }) => (
          <Input
            id={id}
            aria-describedby={describedBy}
            invalid={invalid}
            mono
            maxLength={64}
            value={name}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" reason={fault ?? missing}>
        {t("start.key.make")}
      </Button>
    </form>
  );
}

function freeName(app: string, taken: string[]): string {
  let name = app;
  for (let n = 2; taken.includes(name); n++) name = `${app}-${n}`;
  return name;
}
