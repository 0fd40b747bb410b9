import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { App, newQueryClient } from "@/app/App";
import { FakeBackend } from "./fake";

/** The whole window on a backend in memory, at an address. */
export function renderApp(at = "/", backend = new FakeBackend()) {
  window.location.hash = `#${at}`;
  const client = newQueryClient();
  const { queries, mutations } = client.getDefaultOptions();
  client.setDefaultOptions({ queries: { ...queries, retry: false }, mutations });
  const view = render(<App backend={backend} client={client} />);
  return { ...view, backend, user: userEvent.setup() };
}
