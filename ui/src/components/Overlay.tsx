import { Dialog } from "@base-ui/react/dialog";
import { Menu as BaseMenu } from "@base-ui/react/menu";
import { Popover as BasePopover } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";
import { Icon, type IconName } from "./Icon";
import { Kbd } from "./Label";

type Side = { align?: "start" | "center" | "end" };

export function Popover(
  props: Side & {
    trigger: ReactElement;
    title: string;
    open?: boolean;
    onOpenChange?: (open: boolean) => void;
    className?: string;
    children: ReactNode;
  },
) {
  return (
    <BasePopover.Root open={props.open} onOpenChange={props.onOpenChange}>
      <BasePopover.Trigger render={props.trigger} />
      <BasePopover.Portal>
        <BasePopover.Positioner sideOffset={6} align={props.align ?? "end"} className="overlay">
          <BasePopover.Popup className={`popover ${props.className ?? ""}`}>
            <div className="pop-head">
              <BasePopover.Title>{props.title}</BasePopover.Title>
              <span className="grow" />
              <Kbd keys="Esc" />
            </div>
            {props.children}
          </BasePopover.Popup>
        </BasePopover.Positioner>
      </BasePopover.Portal>
    </BasePopover.Root>
  );
}

export type MenuEntry =
  | { label: string; icon?: IconName; run: () => void; danger?: boolean; shortcut?: string }
  | "separator";

export function Menu(props: Side & { trigger: ReactElement; items: MenuEntry[] }) {
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger render={props.trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner sideOffset={4} align={props.align ?? "end"} className="overlay">
          <BaseMenu.Popup className="popover menu">
            {props.items.map((item, index) =>
              item === "separator" ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: separators have nothing else
                <BaseMenu.Separator key={index} className="menu-sep" />
              ) : (
                <BaseMenu.Item
                  key={item.label}
                  className={`menu-item ${item.danger ? "t-bad" : ""}`}
                  onClick={item.run}
                >
                  {item.icon && <Icon name={item.icon} size="sm" />}
                  {item.label}
                  <span className="grow" />
                  {item.shortcut && <Kbd keys={item.shortcut} />}
                </BaseMenu.Item>
              ),
            )}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}

/** Only for losing data: the person confirms by its name. */
export function ConfirmDialog(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
  actions: ReactNode;
}) {
  return (
    <Dialog.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="popover dialog">
          <div className="pop-head">
            <Dialog.Title>{props.title}</Dialog.Title>
          </div>
          <div className="pop-body">{props.children}</div>
          <div className="pop-foot">
            <span className="grow" />
            {props.actions}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
