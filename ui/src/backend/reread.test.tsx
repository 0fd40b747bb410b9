import { onlineManager, QueryClientProvider } from "@tanstack/react-query";
import { act, render, renderHook, screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test } from "vitest";
import { newQueryClient } from "@/app/App";
import type { UiEvent, Version } from "@/bindings/types";
import { FakeBackend } from "@/test/fake";
import { BackendProvider, useCall, useDo, useOp, useOpPages } from "./react";

const CHANGED: UiEvent = { type: "config_changed", slug: "production" };
const PRODUCTION = { slug: "production" };

/** A window whose reads of `get_config` are answered when the test says so, and with what. */
function heldWindow() {
  const backend = new FakeBackend();
  const full = backend.call("get_config", PRODUCTION);
  const asked: ((active: number) => void)[] = [];
  backend.answer("get_config", async () => {
    const active_version = await new Promise<number>((resolve) => asked.push(resolve));
    return { ...(await full), active_version };
  });
  const client = newQueryClient();
  const wrapper = (props: { children: ReactNode }) => (
    <QueryClientProvider client={client}>
      <BackendProvider backend={backend}>{props.children}</BackendProvider>
    </QueryClientProvider>
  );
  const asks = (reads: number) => waitFor(() => expect(asked.length).toBe(reads));
  /** Answers the read of that number, 1 the first, once it was asked. */
  const answer = async (read: number, active: number) => {
    await waitFor(() => expect(asked.length).toBeGreaterThanOrEqual(read));
    await act(async () => asked[read - 1]?.(active));
  };
  return { backend, wrapper, asks, answer };
}

function Production() {
  return <p>v{useOp("get_config", PRODUCTION).data?.active_version}</p>;
}

test.each([
  ["an event", (backend: FakeBackend) => backend.emit(CHANGED)],
  ["a gap in the events", (backend: FakeBackend) => backend.gap()],
])("a first answer that %s overtook does not stay", async (_, change) => {
  const { backend, wrapper, asks, answer } = heldWindow();
  render(<Production />, { wrapper });
  await asks(1);
  act(() => change(backend));
  await answer(1, 1);
  await screen.findByText("v1");
  await answer(2, 2);
  await screen.findByText("v2");
});

test("a later answer that an event overtook is dropped", async () => {
  const { backend, wrapper, asks, answer } = heldWindow();
  render(<Production />, { wrapper });
  await answer(1, 1);
  act(() => backend.emit(CHANGED));
  await asks(2);
  act(() => backend.emit(CHANGED));
  await answer(3, 3);
  await screen.findByText("v3");
  await answer(2, 2);
  await screen.findByText("v3");
});

test("an answer that came once its screen was left is read again when that is opened", async () => {
  const { backend, wrapper, asks, answer } = heldWindow();
  const { rerender } = render(<Production />, { wrapper });
  await answer(1, 1);
  act(() => backend.emit(CHANGED));
  await asks(2);
  rerender(<p>elsewhere</p>);
  act(() => backend.emit(CHANGED));
  await answer(2, 2);
  rerender(<Production />);
  await answer(3, 3);
  await screen.findByText("v3");
});

test("however many changes overtook a read, it is followed by one", async () => {
  const { backend, wrapper, asks, answer } = heldWindow();
  render(<Production />, { wrapper });
  await asks(1);
  for (let change = 0; change < 5; change += 1) act(() => backend.emit(CHANGED));
  await answer(1, 1);
  await answer(2, 2);
  await screen.findByText("v2");
  await asks(2);
});

test("a read that fails after a change overtook it is tried again", async () => {
  const { backend, wrapper } = heldWindow();
  let fail = () => {};
  backend.answer("get_settings", () => new Promise((_, reject) => (fail = () => reject("gone"))));
  const options = { retry: false };
  const { result } = renderHook(() => useOp("get_settings", {}, options), { wrapper });
  await waitFor(() => expect(backend.inputs("get_settings").length).toBe(1));
  act(() => backend.emit({ type: "settings_changed" }));
  const settings = await new FakeBackend().call("get_settings", {});
  backend.answer("get_settings", () => settings);
  await act(async () => fail());
  await waitFor(() => expect(result.current.data).toEqual(settings));
});

const useWrites = () => ({
  useDo: useDo("activate_version", { refreshes: ["get_config"] }).mutateAsync,
  useCall: (
    (call) => (input: { slug: string; version: number }) =>
      call("activate_version", input, ["get_config"])
  )(useCall()),
});

test.each(["useDo", "useCall"] as const)(
  "a first answer that a write through %s overtook does not stay",
  async (way) => {
    const { wrapper, asks, answer } = heldWindow();
    const use = () => ({ ...useWrites(), active: useOp("get_config", PRODUCTION).data });
    const { result } = renderHook(use, { wrapper });
    await asks(1);
    await act(async () => void (await result.current[way]({ ...PRODUCTION, version: 4 })));
    await answer(1, 5);
    await answer(2, 4);
    await waitFor(() => expect(result.current.active?.active_version).toBe(4));
  },
);

test("asking for more pages does not end the read that a change asked for", async () => {
  const { backend, wrapper } = heldWindow();
  const [newest] = (await backend.call("list_versions", PRODUCTION)).data as [Version];
  const pageOf = (number: number, next_cursor: string | null) => ({
    data: [{ ...newest, number }],
    next_cursor,
    has_more: next_cursor !== null,
  });
  let first = () => Promise.resolve(pageOf(8, "older"));
  backend.answer("list_versions", ({ cursor }) => (cursor ? pageOf(1, null) : first()));
  const { result } = renderHook(() => useOpPages("list_versions", PRODUCTION), { wrapper });
  const numbers = () => result.current.rows?.map(({ number }) => number);
  await waitFor(() => expect(numbers()).toEqual([8]));

  let release = () => {};
  first = () => new Promise((resolve) => (release = () => resolve(pageOf(9, "older"))));
  act(() => backend.emit(CHANGED));
  await waitFor(() => expect(result.current.isFetching).toBe(true));
  act(() => void result.current.fetchNextPage());
  await act(async () => release());
  await waitFor(() => expect(numbers()).toEqual([9, 1]));
});

afterEach(() => onlineManager.setOnline(true));

test("a computer without a network still has its own proxy", async () => {
  onlineManager.setOnline(false);
  const { wrapper, answer } = heldWindow();
  render(<Production />, { wrapper });
  await answer(1, 5);
  await screen.findByText("v5");
});
