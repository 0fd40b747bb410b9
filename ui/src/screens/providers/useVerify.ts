import { useState } from "react";
import { useBackend, useCall } from "@/backend/react";
import type { Provider, Verification } from "@/bindings/types";

export type Checked = Verification | "running";

/** Asks one provider; a call that fails is a result like any other. */
export function useVerify() {
  const backend = useBackend();
  return async (name: string, credential?: string): Promise<Verification> => {
    try {
      return await backend.call("verify_provider", credential ? { name, credential } : { name });
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
  };
}

/** Asks all that are on and have what they need, at the same time. */
export function useVerifyAll(providers: Provider[]) {
  const verify = useVerify();
  const [results, setResults] = useState<Record<string, Checked>>({});
  const put = (name: string, checked: Checked) =>
    setResults((before) => ({ ...before, [name]: checked }));
  const run = () => {
    for (const { name, enabled, credential } of providers) {
      if (!enabled || credential.source === "missing") continue;
      put(name, "running");
      void verify(name).then((checked) => put(name, checked));
    }
  };
  const running = Object.values(results).includes("running");
  return { results, run, running };
}

/** A gateway may offer hundreds; so many are not taken over in one go. */
const MOST_ADDED = 50;

/** What a provider offers and is not listed yet. */
export function unlisted(provider: Provider, offered: string[] | undefined): string[] {
  const listed = new Set(provider.models.map(({ name }) => name));
  const missing = (offered ?? []).filter((name) => !listed.has(name));
  return missing.length <= MOST_ADDED ? missing : [];
}

export function useAddModels() {
  const call = useCall();
  return async (provider: string, models: string[]) => {
    for (const model of models) {
      await call("put_model", { provider, model, enabled: true }, []);
    }
    await call("list_models", {}, ["list_providers", "list_models"]);
  };
}
