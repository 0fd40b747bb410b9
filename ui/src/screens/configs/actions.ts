import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { setPreferences, usePreferences } from "@/app/preferences";
import type { OperationName } from "@/backend/backend";
import { useCall } from "@/backend/react";
import type { ConfigSummary } from "@/bindings/types";
import type { MenuEntry } from "@/components/Overlay";
import { notify } from "@/components/toast";

const fault = (error: unknown) =>
  notify(error instanceof Error ? error.message : String(error), { tone: "fault" });

const SHOWN_WITH_VERSIONS: OperationName[] = [
  "list_configs",
  "get_config",
  "list_versions",
  "list_activations",
];

/** Activates a version at once. The toast has the way back, so nothing is asked before. */
export function useActivate(slug: string) {
  const { t } = useTranslation();
  const call = useCall();
  const activate = (version: number) =>
    call("activate_version", { slug, version }, SHOWN_WITH_VERSIONS);
  const undo = (version: number) =>
    activate(version)
      .then(() => notify(t("versions.activeAgain", { slug, version })))
      .catch(fault);
  return (version: number) =>
    void activate(version)
      .then(({ previous }) => {
        const back = version < previous;
        notify(t(back ? "versions.rolledBack" : "versions.activated", { slug, version }), {
          undo: { label: t("undo"), run: () => void undo(previous) },
        });
      })
      .catch(fault);
}

export function useArchive() {
  const { t } = useTranslation();
  const [location, navigate] = useLocation();
  const call = useCall();
  const restore = (slug: string) =>
    void call("restore_config", { slug }, ["list_configs", "get_config"]).catch(fault);
  const archive = (slug: string) =>
    void call("archive_config", { slug }, ["list_configs"])
      .then(() => {
        if (location !== "/configs") navigate("/configs");
        notify(t("configs.archived", { slug }), {
          undo: { label: t("undo"), run: () => restore(slug) },
        });
      })
      .catch(fault);
  return { archive, restore };
}

const pin = (slugs: string[]) => setPreferences({ pinned: slugs.length > 0 ? slugs : null });

/** What can be done with a config from its row and from its page alike. */
export function useConfigMenu() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const { archive } = useArchive();
  const pinned = usePreferences().pinned ?? [];
  return ({ slug }: Pick<ConfigSummary, "slug">): MenuEntry[] => {
    const isPinned = pinned.includes(slug);
    const rest = pinned.filter((each) => each !== slug);
    return [
      {
        label: t(isPinned ? "configs.unpin" : "configs.pin"),
        icon: "pin",
        run: () => pin(isPinned ? rest : [...rest, slug]),
      },
      {
        label: t("configs.copyName"),
        icon: "copy",
        run: () => void navigator.clipboard.writeText(`@${slug}`),
      },
      {
        label: t("configs.duplicate"),
        icon: "plus",
        run: () => navigate(`/configs/_new/${slug}`),
      },
      "separator",
      { label: t("configs.archive"), icon: "archive", danger: true, run: () => archive(slug) },
    ];
  };
}
