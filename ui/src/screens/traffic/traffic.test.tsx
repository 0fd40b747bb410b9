import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { BackendError } from "@/backend/backend";
import type { LogDetail, LogRow } from "@/bindings/types";
import { axeFaults } from "@/test/axe";
import { FakeBackend } from "@/test/fake";
import { RUNNING } from "@/test/fake-status";
import { logDetail, logRow } from "@/test/fake-traffic";
import { layOut } from "@/test/layout";
import { renderApp } from "@/test/render";
import { setTrafficQuery } from "./query";

beforeEach(() => {
  layOut();
  setTrafficQuery("");
});

/** A log that the test adds to, as the recorder does. */
function growingLog(count = 30) {
  const backend = new FakeBackend();
  let rows = Array.from({ length: count }, (_, n) => logRow(Math.max(1000, count) - n));
  backend.answer("list_logs", ({ q, limit = 50, cursor }) => {
    const found = q ? rows.filter((row) => row.app === q.replace("app:", "")) : rows;
    const from = Number(cursor ?? 0);
    const has_more = found.length > from + limit;
    return {
      data: found.slice(from, from + limit),
      has_more,
      next_cursor: has_more ? String(from + limit) : null,
    };
  });
  backend.answer("get_log", ({ id }) =>
    logDetail(logRow(Number(id.slice(-6))), Number(id.slice(-6))),
  );
  const record = (...fresh: LogRow[]) => {
    rows = [...fresh, ...rows];
    act(() => backend.emit({ type: "requests_recorded", rows: fresh, count: fresh.length }));
  };
  return { backend, record };
}

const listed = () =>
  screen.queryAllByRole("row").flatMap((row) => (row.id ? [row.id.replace("row-", "")] : []));

async function opened(at = "/traffic", log = growingLog()) {
  const view = renderApp(at, log.backend);
  await screen.findByRole("grid", { name: "Requests" });
  await waitFor(() => expect(listed().length).toBeGreaterThan(5));
  return { ...view, ...log };
}

test("new requests appear at the top while live", async () => {
  const { record } = await opened();
  record(logRow(2001));
  await waitFor(() => expect(listed()[0]).toBe(logRow(2001).id));
});

test("only a window of the rows is in the document", async () => {
  await opened("/traffic", growingLog(5000));
  expect(listed().length).toBeLessThan(60);
});

test("new requests wait behind their count while paused, and come when it is clicked", async () => {
  const { record, user } = await opened();
  await user.click(screen.getByRole("button", { name: "Pause" }));
  const before = listed();
  record(logRow(2001), logRow(2002));
  record(logRow(2003));
  expect(await screen.findByRole("button", { name: "3 new" })).toBeVisible();
  expect(listed()).toEqual(before);
  await user.click(screen.getByRole("button", { name: "3 new" }));
  await waitFor(() => expect(listed()).toContain(logRow(2003).id));
  expect(screen.queryByRole("button", { name: "3 new" })).toBeNull();
  expect(screen.getByText("Live")).toBeVisible();
});

test("new requests wait while the list is scrolled", async () => {
  const { record } = await opened();
  const grid = screen.getByRole("grid");
  grid.scrollTop = 90;
  fireEvent.scroll(grid);
  record(logRow(2001));
  expect(await screen.findByRole("button", { name: "1 new" })).toBeVisible();
  grid.scrollTop = 0;
  fireEvent.scroll(grid);
  await waitFor(() => expect(listed()[0]).toBe(logRow(2001).id));
});

test("with a filter only matching new requests are counted", async () => {
  const { record, user } = await opened();
  await user.type(screen.getByRole("combobox", { name: "Filter" }), "app:batch-worker");
  await waitFor(() => expect(listed()).not.toContain(logRow(999).id));
  await user.click(screen.getByRole("button", { name: "Pause" }));
  record(logRow(2001), logRow(2002), logRow(2005));
  expect(await screen.findByRole("button", { name: "1 new" })).toBeVisible();
});

test("a burst larger than a page leaves no hole", async () => {
  const { backend, record } = await opened();
  const fresh = Array.from({ length: 150 }, (_, n) => logRow(3000 - n));
  record(...fresh);
  await waitFor(() => expect(listed()[0]).toBe(fresh[0]?.id));
  expect(listed().slice(0, 20)).toEqual(fresh.slice(0, 20).map(({ id }) => id));
  expect(backend.inputs("list_logs").at(-1)).toEqual({ limit: 100 });
});

test("Space pauses and resumes, but writes a space in the filter", async () => {
  const { user } = await opened();
  await user.keyboard(" ");
  expect(screen.getByText("Paused")).toBeVisible();
  await user.keyboard(" ");
  expect(screen.getByText("Live")).toBeVisible();
  await user.keyboard("/");
  await user.keyboard("app:ide ");
  expect(screen.getByRole("combobox", { name: "Filter" })).toHaveValue("app:ide ");
  expect(screen.getByText("Live")).toBeVisible();
});

test("j and k move through the rows with the detail open, Esc closes it", async () => {
  const { user } = await opened();
  await user.keyboard("jj");
  expect(await screen.findByRole("complementary", { name: "Request detail" })).toHaveTextContent(
    logRow(999).id,
  );
  await user.keyboard("k");
  await waitFor(() =>
    expect(screen.getByRole("row", { selected: true })).toHaveAttribute(
      "id",
      `row-${logRow(1000).id}`,
    ),
  );
  await user.keyboard("{Escape}");
  await waitFor(() =>
    expect(screen.queryByRole("complementary", { name: "Request detail" })).toBeNull(),
  );
});

test("an error in the filter stands under its character", async () => {
  const log = growingLog();
  const { user } = await opened("/traffic", log);
  log.backend.answer("list_logs", () => {
    throw new BackendError("invalid_request", 'there is no field "foo"', {
      field: "q",
      column: 14,
      length: 5,
    });
  });
  await user.type(screen.getByRole("combobox", { name: "Filter" }), "status:error foo:1");
  const fault = await screen.findByRole("alert");
  expect(fault).toHaveTextContent('there is no field "foo"');
  const mark = fault.querySelector(".filter-mark");
  expect(mark).toHaveTextContent("^^^^^");
  expect((mark as HTMLElement).style.marginLeft).toContain("13ch");
  expect(screen.getByRole("combobox", { name: "Filter" })).toHaveAccessibleDescription(/foo/);
  expect(listed().length).toBeGreaterThan(5);
  expect(fault).toHaveTextContent("Below is what the filter before found.");
  expect(screen.getByRole("grid").closest(".is-outdated")).not.toBeNull();
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.getByRole("grid").closest(".is-outdated")).toBeNull());
});

test("a field name is completed from what is typed, and its values from what there is", async () => {
  const { user } = await opened();
  const field = screen.getByRole("combobox", { name: "Filter" });
  await user.type(field, "prov");
  await user.keyboard("{ArrowDown}{Enter}");
  expect(field).toHaveValue("provider:");
  await user.keyboard("mi{ArrowDown}{Enter}");
  expect(field).toHaveValue("provider:mistral ");
});

test("the time range is a term of the filter", async () => {
  const { user } = await opened();
  await user.click(screen.getByRole("combobox", { name: "Time range" }));
  await user.click(await screen.findByRole("option", { name: "Last hour" }));
  expect(screen.getByRole("combobox", { name: "Filter" })).toHaveValue("after:1h");
});

test("when nothing matches, each term says what it finds and can be dropped", async () => {
  const { user } = renderApp("/traffic");
  await screen.findByRole("grid");
  const field = screen.getByRole("combobox", { name: "Filter" });
  await user.type(field, "status:429 attempts>2");
  expect(await screen.findByText("No request matches both terms")).toBeVisible();
  const row = await screen.findByRole("row", { name: /attempts>2/ });
  await waitFor(() => expect(within(row).getAllByRole("cell")[2]).toHaveTextContent(/^10\d$/));
  await user.click(within(row).getByRole("button", { name: "Drop attempts>2" }));
  expect(field).toHaveValue("status:429");
  await waitFor(() => expect(listed().length).toBeGreaterThan(5));
});

test("before the first request it says what would be here", async () => {
  const backend = new FakeBackend();
  backend.answer("get_status", () => ({ ...RUNNING, first_request_seen: false }));
  backend.answer("list_logs", () => ({ data: [], next_cursor: null, has_more: false }));
  renderApp("/traffic", backend);
  expect(await screen.findByText("No requests yet")).toBeVisible();
  expect(screen.getByRole("link", { name: "Send the first request" })).toHaveAttribute(
    "href",
    "#/start",
  );
});

test("the waterfall shows each attempt, how it ended and the first token", async () => {
  const backend = new FakeBackend();
  const fallbacks = Array.from({ length: 6 }, (_, n) => 1000 + n).find(
    (n) => logRow(n).attempts === 3 && logRow(n).status === 200,
  ) as number;
  backend.answer("get_log", () => logDetail(logRow(fallbacks), fallbacks));
  renderApp(`/traffic/${logRow(fallbacks).id}`, backend);
  const panel = await screen.findByRole("complementary", { name: "Request detail" });
  expect(await within(panel).findByText("Attempt 3 answered after 2.84 s")).toBeVisible();
  const attempts = within(within(panel).getByRole("list", { name: "Attempts" })).getAllByRole(
    "listitem",
  );
  expect(attempts.map((each) => each.textContent)).toEqual([
    "1gpt-4otimeout after 2000 ms",
    "2claude-sonnet-4-5429 after 180 ms, retry-after 12 s",
    "3gpt-4o-mini200 after 640 ms, TTFT 230 ms",
  ]);
  expect(attempts.map((each) => each.querySelector(".wf-bar.is-failed") !== null)).toEqual([
    true,
    true,
    false,
  ]);
  expect(attempts[2]?.querySelector(".wf-tick")).not.toBeNull();
  expect(within(panel).getByRole("button", { name: "Copy as curl" })).toBeVisible();
});

test("a skipped attempt has a reason and no bar", async () => {
  const backend = new FakeBackend();
  const detail = logDetail(logRow(1000), 1000);
  const [first] = detail.trace.attempts;
  if (!first) throw new Error("the sample has an attempt");
  detail.trace.attempts = [
    { ...first, outcome: "skipped", duration_ms: 0, reason: "its breaker is open" },
  ];
  backend.answer("get_log", () => detail);
  renderApp(`/traffic/${detail.id}`, backend);
  const attempts = await screen.findByRole("list", { name: "Attempts" });
  expect(attempts).toHaveTextContent("skipped, its breaker is open");
  expect(attempts.querySelector(".wf-bar")).toBeNull();
});

test("a streamed answer is joined, and its events are one click away", async () => {
  const backend = new FakeBackend();
  const detail = logDetail({ ...logRow(1000), stream: true }, 1000);
  detail.response_body = {
    text: 'data: {"choices":[]}\n\n',
    size: 900,
    truncated: true,
    joined: "The whole answer.",
  };
  backend.answer("get_log", () => detail);
  const { user } = renderApp(`/traffic/${detail.id}`, backend);
  await user.click(await screen.findByRole("tab", { name: "Response" }));
  expect(await screen.findByText("The whole answer.")).toBeVisible();
  expect(screen.getByText("Only the first 22 characters of 900 bytes were kept.")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Raw" }));
  expect(screen.getByText(/data: \{"choices"/)).toBeVisible();
  await user.click(screen.getByRole("tab", { name: "Trace" }));
});

test("axe finds nothing in the list with a request open", async () => {
  const { user } = await opened();
  await user.keyboard("j");
  await screen.findByRole("list", { name: "Attempts" });
  expect(await axeFaults()).toEqual([]);
});

test("of several answers the verdict names the one that won the vote", async () => {
  const log = growingLog();
  log.backend.answer("get_log", ({ id }) => {
    const row = { ...logRow(Number(id.slice(-6))), status: 200, attempts: 3 };
    const detail = logDetail(row, 0);
    const call = (n: number, model: string, reason?: string) => ({
      n,
      target: `sandbox/${model}`,
      provider: "sandbox",
      model,
      start_ms: 0,
      duration_ms: 100,
      outcome: "ok",
      reason,
    });
    const attempts = [call(1, "fast"), call(2, "slow"), call(3, "judge", "asked as the judge")];
    const decision = { target: "sandbox/fast", reason: "won the vote" };
    return { ...detail, trace: { ...detail.trace, attempts, decision } };
  });
  await opened(`/traffic/${logRow(1000).id}`, log);
  expect(await screen.findByText(/The answer of attempt 1 was taken, after/)).toBeVisible();
});

/** A request that was passed on as it is: no config, no model, no attempts. */
function passedOn(change: Partial<LogDetail> = {}): LogDetail {
  const detail = logDetail(logRow(1000), 1000);
  return {
    ...detail,
    endpoint: "/openai/v1/files",
    dialect: "openai",
    resolved: "passthrough",
    config: null,
    version: null,
    strategy: null,
    requested_model: "",
    provider: "native",
    model: null,
    answered_model: null,
    status: 200,
    error_class: null,
    error_message: null,
    attempts: 0,
    attempt_bars: [],
    trace: { ...detail.trace, resolved: "passthrough", steps: [], attempts: [], decision: null },
    ...change,
  };
}

test.each([
  ["Passed on to native", {}],
  [
    "native answered 404",
    { status: 404, error_class: "http_404", error_message: "the upstream's own error" },
  ],
  [
    "Passing it on to native failed after 26 ms",
    { status: 502, error_class: "upstream_error", latency_ms: 26 },
  ],
  [
    "Refused after 1 ms, before any attempt",
    { status: 401, error_class: "authentication_error", latency_ms: 1 },
  ],
  [
    "Refused after 0 ms, before any attempt",
    { status: 404, error_class: "not_found_error", provider: null, latency_ms: 0 },
  ],
])("of a request that is passed on the verdict is: %s", async (verdict, change) => {
  const log = growingLog();
  log.backend.answer("get_log", () => passedOn(change));
  await opened(`/traffic/${logRow(1000).id}`, log);
  expect(await screen.findByText(verdict)).toBeVisible();
  expect(screen.queryByText("Overhead")).toBeNull();
});

test("where nobody named a model the list shows the path, and who was asked", async () => {
  const log = growingLog();
  await opened("/traffic", log);
  log.record({ ...passedOn(), id: "req_01JD0V002001" });
  const row = await screen.findByRole("row", { name: /\/openai\/v1\/files/ });
  const cells = within(row).getAllByRole("gridcell");
  expect(cells[2]).toHaveTextContent(/^\/openai\/v1\/files$/);
  expect(cells[3]).toHaveTextContent(/native$/);
});
