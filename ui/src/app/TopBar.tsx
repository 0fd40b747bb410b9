import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Icon } from "@/components/Icon";
import { Kbd } from "@/components/Label";
import { openPalette } from "./Palette";

type Props = {
  title: string;
  /** The title is a slug, in monospace. */
  slug?: boolean;
  crumb?: { label: string; to: string };
  mark?: ReactNode;
  /** State pills, right of the title. */
  children?: ReactNode;
  /** Secondary actions, then the one primary. */
  actions?: ReactNode;
};

export function TopBar(props: Props) {
  const { t } = useTranslation();
  return (
    <header className="topbar">
      {props.crumb && (
        <Link className="crumb" to={props.crumb.to}>
          {props.crumb.label}
        </Link>
      )}
      {props.mark}
      <h1 className={props.slug ? "slug" : undefined}>{props.title}</h1>
      {props.children}
      <span className="spacer" />
      <button
        type="button"
        className="palette-hint"
        aria-label={t("palette.open")}
        onClick={openPalette}
      >
        <Icon name="search" size="sm" />
        <Kbd keys="Ctrl K" />
      </button>
      {props.actions}
    </header>
  );
}
