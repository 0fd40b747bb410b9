import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDo, useOp } from "@/backend/react";
import type { CreatedKey } from "@/bindings/types";
import { Button, IconButton } from "@/components/Button";
import { Field, Input, Segmented } from "@/components/Field";

type Props = { onMade: (made: CreatedKey) => void; onClose: () => void };

const EXPIRIES = ["never", "30", "90", "365"] as const;
type Expiry = (typeof EXPIRIES)[number];
const DAY_MS = 86_400_000;

export function MakeKey({ onMade, onClose }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [tags, setTags] = useState("");
  const [limit, setLimit] = useState("");
  const [expiry, setExpiry] = useState<Expiry>("never");
  const [allowed, setAllowed] = useState<string[]>([]);
  const [tried, setTried] = useState(false);
  const make = useDo("create_key", { refreshes: ["list_keys"], onSuccess: onMade });
  const parsedTags = readTags(tags);
  const perMinute = limit.trim() === "" ? undefined : Number(limit);
  const faults = {
    name: name.trim() === "" ? t("apps.new.nameMissing") : null,
    tags: parsedTags === null ? t("apps.new.tagsShape") : null,
    limit:
      perMinute === undefined || (Number.isInteger(perMinute) && perMinute > 0)
        ? null
        : t("apps.new.limitShape"),
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.values(faults).some(Boolean) || make.isPending) return;
    make.mutate({
      name: name.trim(),
      default_tags: parsedTags ?? {},
      allowed_configs: allowed,
      per_minute: perMinute,
      expires_at:
        expiry === "never"
          ? undefined
          : new Date(Date.now() + Number(expiry) * DAY_MS).toISOString(),
    });
  };
  return (
    <aside className="panel app-panel" aria-label={t("apps.make")}>
      <div className="panel-head">
        <h2>{t("apps.make")}</h2>
        <span className="grow" />
        <IconButton icon="x" label={t("apps.close")} onClick={onClose} />
      </div>
      <form className="scroll grow section app-form" onSubmit={submit}>
        <Field
          label={t("apps.new.name")}
          help={t("apps.new.nameHelp")}
          error={tried ? faults.name : null}
        >
          {({ id, describedBy, invalid }) => (
            <Input
              id={id}
              autoFocus
              placeholder="web-api"
              maxLength={64}
              aria-describedby={describedBy}
              invalid={invalid}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Allowed chosen={allowed} onChange={setAllowed} />
        <Field label={t("apps.new.tags")} help={t("apps.new.tagsHelp")} error={faults.tags}>
          {({ id, describedBy, invalid }) => (
            <Input
              id={id}
              mono
              placeholder="team=shop, env=prod"
              aria-describedby={describedBy}
              invalid={invalid}
              value={tags}
              onChange={(event) => setTags(event.target.value)}
            />
          )}
        </Field>
        <Field label={t("apps.new.limit")} help={t("apps.new.limitHelp")} error={faults.limit}>
          {({ id, describedBy, invalid }) => (
            <Input
              id={id}
              mono
              inputMode="numeric"
              unit={t("apps.new.limitUnit")}
              aria-describedby={describedBy}
              invalid={invalid}
              value={limit}
              onChange={(event) => setLimit(event.target.value)}
            />
          )}
        </Field>
        <div className="field">
          <span className="field-label">{t("apps.new.expiry")}</span>
          <Segmented
            label={t("apps.new.expiry")}
            value={expiry}
            options={EXPIRIES.map((value) => ({ value, label: t(`apps.new.expires.${value}`) }))}
            onChange={setExpiry}
          />
        </div>
        {make.error && (
          <p className="t-bad fs-2" role="alert">
            {make.error.message}
          </p>
        )}
        <div className="row">
          <Button type="submit" variant="primary" icon="key">
            {t("apps.make")}
          </Button>
          <Button variant="ghost" onClick={onClose}>
            {t("cancel")}
          </Button>
        </div>
      </form>
    </aside>
  );
}

function Allowed(props: { chosen: string[]; onChange: (chosen: string[]) => void }) {
  const { t } = useTranslation();
  const configs = useOp("list_configs", {}).data?.data ?? [];
  const { chosen, onChange } = props;
  if (configs.length === 0) return null;
  return (
    <fieldset className="field">
      <legend className="field-label">{t("apps.new.allowed")}</legend>
      <div className="checks">
        {configs.map(({ slug }) => (
          <label key={slug}>
            <input
              type="checkbox"
              checked={chosen.includes(slug)}
              onChange={(event) =>
                onChange(
                  event.target.checked ? [...chosen, slug] : chosen.filter((each) => each !== slug),
                )
              }
            />
            <code>@{slug}</code>
          </label>
        ))}
      </div>
      <p className="field-help">
        {t(chosen.length === 0 ? "apps.new.allowedAll" : "apps.new.allowedSome")}
      </p>
    </fieldset>
  );
}

/** `k=v, k2=v2`; null where it does not read so. */
export function readTags(text: string): Record<string, string> | null {
  const tags: Record<string, string> = {};
  for (const part of text.split(",")) {
    if (part.trim() === "") continue;
    const at = part.indexOf("=");
    const key = part.slice(0, at).trim();
    const value = part.slice(at + 1).trim();
    if (at < 1 || key === "" || key.length > 64 || value === "" || value.length > 256) return null;
    tags[key] = value;
  }
  return tags;
}
