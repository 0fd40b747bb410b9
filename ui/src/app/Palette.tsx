import { Command } from "cmdk";
import { useMemo, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/components/Icon";
import { Kbd } from "@/components/Label";
import { StrategyMark } from "@/components/Mark";
import { type Action, useAllActions } from "./actions";

let open = false;
const listeners = new Set<() => void>();

function setOpen(next: boolean) {
  open = next;
  for (const listener of listeners) listener();
}

export const openPalette = () => setOpen(true);

function usePaletteOpen() {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
}

const GROUPS: Action["group"][] = ["page", "configs", "go", "proxy", "window"];

export function Palette() {
  const { t } = useTranslation();
  const shown = usePaletteOpen();
  const [search, setSearch] = useState("");
  const actions = useAllActions();
  const wanted = useMemo(() => narrow(actions, search), [actions, search]);
  const choose = (action: Action) => {
    setOpen(false);
    setSearch("");
    action.run();
  };
  return (
    <Command.Dialog
      open={shown}
      onOpenChange={(next) => {
        setOpen(next);
        if (!next) setSearch("");
      }}
      label={t("palette.label")}
      overlayClassName="scrim"
      contentClassName="popover palette"
      filter={score}
      loop
    >
      <div className="pal-input">
        <Icon name="search" />
        <Command.Input
          value={search}
          onValueChange={setSearch}
          placeholder={t("palette.placeholder")}
        />
        <Kbd keys="Esc" />
      </div>
      <Command.List>
        <Command.Empty>{t("palette.none")}</Command.Empty>
        {GROUPS.map((group) => {
          const items = wanted.filter((action) => action.group === group);
          if (items.length === 0) return null;
          return (
            <Command.Group key={group} heading={t(`palette.group.${group}`)}>
              {items.map((action) => (
                <Command.Item
                  key={action.id}
                  value={`${action.id} ${action.label}`}
                  className="menu-item"
                  onSelect={() => choose(action)}
                >
                  {action.strategy ? (
                    <StrategyMark strategy={action.strategy} />
                  ) : (
                    <Icon name={action.icon ?? "chev-r"} />
                  )}
                  <span>{action.label}</span>
                  {action.hint && <span className="t-3 fs-2">{action.hint}</span>}
                  <span className="grow" />
                  {action.shortcut && <Kbd keys={action.shortcut.replaceAll("+", " ")} />}
                </Command.Item>
              ))}
            </Command.Group>
          );
        })}
      </Command.List>
      <div className="pal-foot">
        <span>
          <Kbd keys="Up" /> <Kbd keys="Down" /> {t("palette.move")}
        </span>
        <span>
          <Kbd keys="Enter" /> {t("palette.run")}
        </span>
        <span className="grow" />
        <span>
          <code>@</code> {t("palette.configs")} <code>&gt;</code> {t("palette.actions")}
        </span>
      </div>
    </Command.Dialog>
  );
}

/** `@` shows configs only, `>` everything but them. */
function narrow(actions: Action[], search: string): Action[] {
  const listed = actions.filter((action) => !action.keyOnly);
  if (search.startsWith("@")) return listed.filter((action) => action.group === "configs");
  if (search.startsWith(">")) return listed.filter((action) => action.group !== "configs");
  return listed;
}

/** Every word must occur; a match at the start of the label ranks first. */
function score(value: string, search: string): number {
  const label = value.slice(value.indexOf(" ") + 1).toLowerCase();
  const words = search
    .replace(/^[@>]\s*/, "")
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean);
  if (!words.every((word) => label.includes(word))) return 0;
  return words[0] && label.replace(/^@/, "").startsWith(words[0]) ? 1 : 0.5;
}
