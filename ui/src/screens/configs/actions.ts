import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { preferences, setPreferences } from "@/app/preferences";
import { usePinned } from "@/app/Sidebar";
import { useDo } from "@/backend/react";
import type { ConfigSummary } from "@/bindings/types";
import type { MenuEntry } from "@/components/Overlay";
import { notify } from "@/components/toast";

const fault = (error: Error) => notify(error.message, { tone: "fault" });

/** Activates a version at once. The toast has the way back, so nothing is asked before. */
export function useActivate(slug: string) {
  const { t } = useTranslation();
  const { mutate } = useDo("activate_version", {
    refreshes: ["list_configs", "get_config", "list_versions", "list_activations"],
    onError: fault,
  });
  const activate = (version: number) =>
    mutate(
      { slug, version },
      {
        onSuccess: ({ previous }) => {
          const back = version < previous;
          notify(t(back ? "versions.rolledBack" : "versions.activated", { slug, version }), {
            undo: {
              label: t("undo"),
              run: () =>
                mutate(
                  { slug, version: previous },
                  {
                    onSuccess: () => notify(t("versions.activeAgain", { slug, version: previous })),
                  },
                ),
            },
          });
        },
      },
    );
  return activate;
}

export function useArchive() {
  const { t } = useTranslation();
  const [location, navigate] = useLocation();
  const refreshes = ["list_configs" as const, "get_config" as const];
  const restore = useDo("restore_config", { refreshes, onError: fault });
  const archive = useDo("archive_config", { refreshes, onError: fault });
  return {
    restore: (slug: string) => restore.mutate({ slug }),
    archive: (slug: string) =>
      archive.mutate(
        { slug },
        {
          onSuccess: () => {
            if (location !== "/configs") navigate("/configs");
            notify(t("configs.archived", { slug }), {
              undo: { label: t("undo"), run: () => restore.mutate({ slug }) },
            });
          },
        },
      ),
  };
}

/** What can be done with a config from its row and from its page alike. */
export function useConfigMenu() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const { archive } = useArchive();
  const { pinned } = usePinned();
  const pinnedSlugs = pinned.map((config) => config.slug);
  return ({ slug }: Pick<ConfigSummary, "slug">): MenuEntry[] => {
    const isPinned = pinnedSlugs.includes(slug);
    const rest = (preferences().pinned ?? pinnedSlugs).filter((each) => each !== slug);
    return [
      {
        label: t(isPinned ? "configs.unpin" : "configs.pin"),
        icon: "pin",
        run: () => setPreferences({ pinned: isPinned ? rest : [...rest, slug] }),
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
