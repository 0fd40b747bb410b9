import { Tooltip } from "@base-ui/react/tooltip";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Redirect, Route, Router, Switch, useLocation } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";
import type { Backend } from "@/backend/backend";
import { BackendProvider, useOp } from "@/backend/react";
import { Skeleton } from "@/components/State";
import { dismissPassing, Toaster } from "@/components/toast";
import { type Action, useActions, useShortcuts } from "./actions";
import { ErrorBoundary } from "./ErrorBoundary";
import { KeyNeeded } from "./KeyNeeded";
import { Notices } from "./Notices";
import { openPalette, Palette } from "./Palette";
import { ProxyFault } from "./ProxyFault";
import { baseUrl, useProxySwitch } from "./ProxyFoot";
import { setPreferences, type Theme } from "./preferences";
import { Sidebar, useVisibleSections } from "./Sidebar";
import { SECTIONS } from "./sections";

export function newQueryClient() {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Events say when something changed, so nothing is fetched again merely for being looked at.
        staleTime: Number.POSITIVE_INFINITY,
        retry: 1,
        refetchOnWindowFocus: false,
        // The proxy is on this machine: it answers without a network as well.
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}

export function App(props: { backend: Backend; client: QueryClient }) {
  return (
    <QueryClientProvider client={props.client}>
      <BackendProvider backend={props.backend}>
        <Router hook={useHashLocation}>
          <Tooltip.Provider>
            <Shell />
          </Tooltip.Provider>
        </Router>
        <Toaster />
      </BackendProvider>
    </QueryClientProvider>
  );
}

function Shell() {
  useShortcuts();
  useShellActions();
  const [location] = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another location is another page
  useEffect(dismissPassing, [location]);
  return (
    <div className="app">
      <Sidebar />
      <main className="main">
        <Notices />
        <ErrorBoundary resetKey={location}>
          <Suspense fallback={<Skeleton />}>
            <Screens />
          </Suspense>
        </ErrorBoundary>
      </main>
      <Palette />
    </div>
  );
}

function Screens() {
  const { data: status, error } = useOp("get_status", {});
  const home = useVisibleSections()[0]?.path ?? "/configs";
  const down = status?.proxy.state === "port_in_use" || status?.proxy.state === "failed";
  if (error?.code === "unauthorized") return <KeyNeeded />;
  return (
    <Switch>
      {SECTIONS.map(({ id, path, screen: Screen }) => (
        <Route key={id} path={`${path}/*?`}>
          <Screen />
        </Route>
      ))}
      <Route path="/proxy">
        <ProxyFault />
      </Route>
      <Route>{status && <Redirect to={down ? "/proxy" : home} replace />}</Route>
    </Switch>
  );
}

const THEMES: Theme[] = ["light", "dark", "system"];

function useShellActions() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const sections = useVisibleSections();
  const configs = useOp("list_configs", {}).data?.data ?? [];
  const status = useOp("get_status", {}).data;
  const { pause, resume } = useProxySwitch();
  const running = status?.proxy.state === "running";
  const actions: Action[] = [
    {
      id: "palette",
      group: "window",
      label: t("palette.open"),
      shortcut: "Ctrl+K",
      run: openPalette,
      keyOnly: true,
    },
    ...sections.map(
      (section, index): Action => ({
        id: `go.${section.id}`,
        group: "go",
        label: t(`nav.${section.id}`),
        icon: section.icon,
        shortcut: `Ctrl+${index + 1}`,
        run: () => navigate(section.path),
      }),
    ),
    ...SECTIONS.filter(({ id }) => !sections.some((shown) => shown.id === id)).map(
      ({ id, icon, path }): Action => ({
        id: `go.${id}`,
        group: "go",
        label: t(`nav.${id}`),
        icon,
        run: () => navigate(path),
      }),
    ),
    ...configs.map(
      (config): Action => ({
        id: `config.${config.slug}`,
        group: "configs",
        label: `@${config.slug}`,
        hint: t("palette.configHint", {
          version: config.active_version,
          strategy: config.strategy,
        }),
        strategy: config.strategy,
        run: () => navigate(`/configs/${config.slug}/form`),
      }),
    ),
    {
      id: "config.new",
      group: "go",
      label: t("configs.new"),
      icon: "plus",
      run: () => navigate("/configs/_new"),
    },
    ...(status?.address
      ? [
          {
            id: "proxy.switch",
            group: "proxy" as const,
            label: t(running ? "proxy.pause" : "proxy.resume"),
            icon: running ? ("pause" as const) : ("play" as const),
            run: running ? pause : resume,
          },
          {
            id: "proxy.copy",
            group: "proxy" as const,
            label: t("proxy.copy"),
            icon: "copy" as const,
            hint: baseUrl(status),
            shortcut: "Ctrl+Shift+C",
            run: () => void navigator.clipboard.writeText(baseUrl(status)),
          },
        ]
      : []),
    ...THEMES.map(
      (theme): Action => ({
        id: `theme.${theme}`,
        group: "window",
        label: t(`theme.${theme}`),
        icon: theme === "dark" ? "moon" : "sun",
        run: () => setPreferences({ theme }),
      }),
    ),
  ];
  useActions(actions);
}
