import { BackendError } from "@/backend/backend";
import type { Bundle, Settings } from "@/bindings/types";
import type { Handlers } from "./fake";

export const DEFAULTS: Settings = {
  port: 8642,
  theme: "system",
  capture_content: true,
  bare_model_names: true,
  allowed_origins: [],
  allowed_hosts: [],
  max_body_mib: 32,
  retention_days: 30,
  body_retention_days: 7,
  retention_mib: 2048,
  when_unrecordable: "refuse",
  outbound_proxy: "",
  ca_file: "",
  start_at_login: false,
  onboarding_done: false,
};

const SETUP: Bundle = {
  modelux: 1,
  providers: [{ name: "openai", kind: "openai" }],
  configs: [
    {
      slug: "fast",
      description: "",
      document: { strategy: "single", model: "openai/gpt-4o-mini" },
    },
  ],
  budgets: [],
  settings: {},
};

export function settingsHandlers(): Handlers {
  let settings = DEFAULTS;
  return {
    get_settings: () => settings,
    put_settings: (given, backend) => {
      settings = { ...settings, ...given };
      backend.emit({ type: "settings_changed" });
      return settings;
    },
    export_bundle: () => SETUP,
    import_bundle: ({ modelux, providers, configs }) => {
      if (modelux !== 1) {
        throw new BackendError("invalid_request", `This bundle is of format ${modelux}`);
      }
      const known = configs.filter(({ slug }) => slug === "fast").map(({ slug }) => slug);
      return {
        providers: providers.map(({ name }) => name),
        configs: configs
          .filter(({ slug }) => !known.includes(slug))
          .map(({ slug }) => ({ slug, version: 1 })),
        unchanged: known,
      };
    },
  };
}
