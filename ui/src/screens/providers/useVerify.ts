import { useState } from "react";
import { useBackend } from "@/backend/react";
import type { Provider, Verification } from "@/bindings/types";

export type Checked = Verification | "running";

/** Asks one provider; a call that fails is a result like any other. */
export function useVerify() {
  const backend = useBackend();
  return async (name: string): Promise<Verification> => {
    try {
      return await backend.call("verify_provider", { name });
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
