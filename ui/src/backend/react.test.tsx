import { act, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { logRow } from "@/test/fake-traffic";
import { renderApp } from "@/test/render";

test("a burst of requests has the sums read again once, not once a batch", async () => {
  const { backend } = renderApp("/configs");
  await screen.findByRole("link", { name: "@production" });
  await waitFor(() => expect(backend.inputs("get_status").length).toBeGreaterThan(0));
  const before = backend.inputs("get_status").length;
  act(() => {
    for (let batch = 0; batch < 10; batch += 1) {
      backend.emit({ type: "requests_recorded", rows: [logRow(batch)], count: 100 });
    }
  });
  await waitFor(() => expect(backend.inputs("get_status").length).toBe(before + 1));
});

test("a change that is rare is shown at once", async () => {
  const { backend } = renderApp("/configs");
  await screen.findByRole("link", { name: "@production" });
  const before = backend.inputs("list_configs").length;
  act(() => backend.emit({ type: "config_changed", slug: "production" }));
  await waitFor(() => expect(backend.inputs("list_configs").length).toBeGreaterThan(before));
});
