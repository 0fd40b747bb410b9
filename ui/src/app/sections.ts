import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { IconName } from "@/components/Icon";

export type Section = {
  id: string;
  /** The address; everything below it belongs to the section. */
  path: string;
  icon: IconName;
  screen: LazyExoticComponent<ComponentType>;
};

/** The sidebar from top to bottom. Labels are `nav.<id>` in the catalogue. */
export const SECTIONS: Section[] = [
  { id: "start", path: "/start", icon: "start", screen: lazy(() => import("@/screens/start")) },
  {
    id: "configs",
    path: "/configs",
    icon: "configs",
    screen: lazy(() => import("@/screens/configs")),
  },
  {
    id: "traffic",
    path: "/traffic",
    icon: "traffic",
    screen: lazy(() => import("@/screens/traffic")),
  },
  {
    id: "providers",
    path: "/providers",
    icon: "providers",
    screen: lazy(() => import("@/screens/providers")),
  },
  { id: "apps", path: "/apps", icon: "apps", screen: lazy(() => import("@/screens/apps")) },
  {
    id: "settings",
    path: "/settings",
    icon: "settings",
    screen: lazy(() => import("@/screens/settings")),
  },
];
