import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useActions } from "@/app/actions";
import { TopBar } from "@/app/TopBar";
import { useDo, useOp } from "@/backend/react";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import { Button } from "@/components/Button";
import { Field, Input } from "@/components/Field";
import { Banner } from "@/components/State";
import { type Given, OtherStarts } from "./OtherStarts";
import { StrategyGallery } from "./StrategyGallery";
import { castOf, type Start, startOf } from "./templates";

const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function NewConfig({ copyOf }: { copyOf?: string }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [slug, setSlug] = useState(copyOf ? `${copyOf}-copy`.slice(0, 63) : "");
  const [touched, setTouched] = useState(false);
  const [start, setStart] = useState<Start>("fallback");
  const [given, setGiven] = useState<Given | null>(null);
  const taken = useOp("list_configs", { archived: true, limit: 200 }).data?.data;
  const original = useOp("get_config", { slug: copyOf ?? "" }, { enabled: Boolean(copyOf) });
  const models = useOp("list_models", {});
  const cast = castOf(models.data?.data ?? []);
  const create = useDo("create_config", {
    refreshes: ["list_configs"],
    onSuccess: (config) => navigate(`/configs/${config.slug}/form`),
  });
  const problem = slugProblem(slug, taken?.map((config) => config.slug) ?? []);
  const lacksModels = !copyOf && !given && models.data !== undefined && cast === null;
  const reason =
    (problem && t(`configs.create.${problem}`, { slug })) ||
    (lacksModels && t("configs.create.noTargets"));
  const document = (): JsonValue | undefined => {
    if (copyOf) return original.data?.document;
    if (given) return given.document;
    return cast ? startOf(start, cast) : undefined;
  };
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    setTouched(true);
    const made = document();
    if (reason || made === undefined || create.isPending) return;
    const message = copyOf ? t("configs.create.copied", { slug: copyOf }) : undefined;
    create.mutate({ slug, document: made, message });
  };
  const choose = (next: Start) => {
    setGiven(null);
    setStart(next);
  };
  useActions([
    {
      id: "create",
      group: "page",
      label: t("configs.create.submit", { slug }),
      icon: "plus",
      shortcut: "Ctrl+Enter",
      run: submit,
    },
  ]);
  return (
    <>
      <TopBar
        crumb={{ label: t("nav.configs"), to: "/configs" }}
        title={copyOf ? t("configs.create.copyTitle", { slug: copyOf }) : t("configs.new")}
        actions={
          <>
            <Button variant="ghost" onClick={() => navigate("/configs")}>
              {t("cancel")}
            </Button>
            <Button variant="primary" reason={reason} onClick={() => submit()}>
              {problem ? t("configs.create.submitUnnamed") : t("configs.create.submit", { slug })}
            </Button>
          </>
        }
      />
      <div className="body scroll">
        <form className="new-config" onSubmit={submit}>
          {create.error && <Banner tone="bad" title={create.error.message} />}
          <Field
            className="new-slug"
            label={t("configs.create.slug")}
            error={touched && problem ? t(`configs.create.${problem}`, { slug }) : undefined}
            help={problem ? t("configs.create.slugHelp") : t("configs.create.free", { slug })}
          >
            {({ id, describedBy, invalid }) => (
              <Input
                id={id}
                aria-describedby={describedBy}
                invalid={invalid}
                mono
                autoFocus
                prefix="@"
                value={slug}
                onBlur={() => setTouched(slug !== "")}
                onChange={(event) => setSlug(event.target.value.replace(/^@/, "").toLowerCase())}
              />
            )}
          </Field>
          {lacksModels && <Banner tone="warn" title={t("configs.create.noTargets")} />}
          {!copyOf && (
            <StrategyGallery
              value={given ? null : start}
              slug={SLUG.test(slug) ? slug : ""}
              cast={cast}
              onChange={choose}
            >
              <OtherStarts given={given} onGiven={setGiven} />
            </StrategyGallery>
          )}
          <button type="submit" hidden />
        </form>
      </div>
    </>
  );
}

function slugProblem(slug: string, taken: string[]): "empty" | "shape" | "taken" | null {
  if (slug === "") return "empty";
  if (!SLUG.test(slug)) return "shape";
  return taken.includes(slug) ? "taken" : null;
}
