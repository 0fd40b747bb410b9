import { Tabs as BaseTabs } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

export type TabItem = { value: string; label: ReactNode; count?: number | null };

/** The bar alone: what a tab shows is decided by the route, so that every tab has an address. */
export function TabBar(props: {
  label: string;
  value: string;
  items: TabItem[];
  onChange: (value: string) => void;
}) {
  return (
    <BaseTabs.Root
      className="contents"
      value={props.value}
      onValueChange={(value) => props.onChange(String(value))}
    >
      <BaseTabs.List className="tabs" aria-label={props.label}>
        {props.items.map((item) => (
          <BaseTabs.Tab key={item.value} value={item.value} className="tab">
            {item.label}
            {item.count != null && <span className="count">{item.count}</span>}
          </BaseTabs.Tab>
        ))}
      </BaseTabs.List>
    </BaseTabs.Root>
  );
}
