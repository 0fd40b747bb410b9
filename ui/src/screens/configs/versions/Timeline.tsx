import type { MouseEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Version } from "@/bindings/types";
import { Button } from "@/components/Button";
import { dateTime, span } from "@/components/format";
import { Pill } from "@/components/Label";
import { RelativeTime } from "@/components/RelativeTime";
import type { ConfigState } from "../useConfig";
import { activeMs, isCandidate, wasRolledBack } from "./history";
import type { Side } from "./Versions";

type Props = {
  slug: string;
  state: ConfigState;
  from: Side;
  to: Side;
  /** A plain click: this one against what it is best read against. */
  onPick: (side: Side) => void;
  /** With Shift: this one as the base. */
  onBase: (side: Side) => void;
  onActivate: (version: number) => void;
};

export function Timeline(props: Props) {
  const { t } = useTranslation();
  const { versions, draft } = props.state;
  return (
    <section className="timeline scroll" aria-label={t("configs.versions")}>
      <ol>
        {draft && (
          <Entry {...props} side="draft" mark="is-draft">
            <div className="ver-top">
              <strong>{t("versions.draft")}</strong>
              <Pill tone="draft">{t("versions.unsaved")}</Pill>
              <span className="grow" />
              <Role {...props} side="draft" />
            </div>
            <p className="truncate">
              {props.state.diff
                ? t("versions.draftChanges", { count: props.state.diff.changes.length })
                : t("draft.notJson")}
            </p>
            <p className="truncate t-3 fs-1">
              {t("versions.editedBy")} <RelativeTime at={draft.editedAt} />
            </p>
          </Entry>
        )}
        {versions.map((version) => (
          <VersionEntry key={version.number} {...props} version={version} />
        ))}
      </ol>
      {props.state.moreVersions && (
        <div className="ver-more">
          <Button size="sm" variant="ghost" icon="chev-d" onClick={props.state.moreVersions}>
            {t("versions.more")}
          </Button>
        </div>
      )}
    </section>
  );
}

function VersionEntry(props: Props & { version: Version }) {
  const { t } = useTranslation();
  const { version, state } = props;
  const { number, active } = version;
  return (
    <Entry {...props} side={number} mark={active ? "is-active" : ""}>
      <div className="ver-top">
        <strong>v{number}</strong>
        <Badges version={version} state={state} />
        <span className="grow" />
        <Role {...props} side={number} />
        {!active && (
          <Button
            size="sm"
            className="ver-action"
            onClick={(event) => {
              event.stopPropagation();
              props.onActivate(number);
            }}
          >
            {number < state.config.active_version
              ? t("versions.rollBack")
              : t("versions.makeActive")}
          </Button>
        )}
      </div>
      <p className={`truncate ${version.message ? "" : "t-3"}`} title={version.message}>
        {version.message || t("versions.noMessage")}
      </p>
      <p className="ver-meta t-3 fs-1">
        <span className="truncate" title={version.author}>
          {version.author}
        </span>
        <span className="nowrap">
          , {dateTime(version.created_at)}
          {version.active_spans.length > 0 &&
            `, ${t("versions.activeFor", { span: span(activeMs(version.active_spans)) })}`}
        </span>
      </p>
    </Entry>
  );
}

function Badges({ version, state }: { version: Version; state: ConfigState }) {
  const { t } = useTranslation();
  if (version.active) {
    return (
      <Pill tone="ok" dot>
        {t("versions.active")}
      </Pill>
    );
  }
  if (isCandidate(version, state.config.active_version)) {
    return <Pill tone="ac">{t("versions.candidate")}</Pill>;
  }
  if (wasRolledBack(version, state.versions)) {
    return (
      <Pill tone="line" icon="undo">
        {t("versions.wasRolledBack")}
      </Pill>
    );
  }
  return version.origin === "import" ? (
    <Pill tone="line" icon="download">
      {t("versions.imported")}
    </Pill>
  ) : null;
}

function Role({ side, from, to }: { side: Side; from: Side; to: Side }) {
  const { t } = useTranslation();
  const role = side === to ? "compare" : side === from ? "base" : null;
  return role ? <span className="role">{t(`versions.${role}`)}</span> : null;
}

function Entry(props: Props & { side: Side; mark: string; children: ReactNode }) {
  const { t } = useTranslation();
  const { side, from, to, mark } = props;
  const chosen = side === to ? "is-compare" : side === from ? "is-base" : "";
  const pick = (event: MouseEvent) => (event.shiftKey ? props.onBase(side) : props.onPick(side));
  const name = side === "draft" ? t("versions.draft") : `v${side}`;
  return (
    <li className={`ver ${mark} ${chosen}`}>
      <span className="ver-dot" />
      <button
        type="button"
        className="ver-hit"
        aria-label={t("versions.show", { name })}
        aria-pressed={chosen !== ""}
        onClick={pick}
      />
      {props.children}
    </li>
  );
}
