import { expect, test } from "vitest";
import { HttpBackend, takeKeyFromHash } from "./http";

type Call = { url: string; init: RequestInit };

function answering(status: number, body: unknown) {
  const calls: Call[] = [];
  const fetcher = async (url: unknown, init: RequestInit = {}) => {
    calls.push({ url: String(url), init });
    return new Response(JSON.stringify(body), { status });
  };
  return { calls, backend: new HttpBackend("http://h", "mlx_mk_1", fetcher as typeof fetch) };
}

test("fields named in the path go there and the rest is the query", async () => {
  const { calls, backend } = answering(200, {});
  await backend.call("diff_versions", { slug: "a b", from: 1, to: 2 });
  expect(calls[0]?.url).toBe("http://h/manage/v1/configs/a%20b/diff?from=1&to=2");
  expect(calls[0]?.init.headers).toMatchObject({ authorization: "Bearer mlx_mk_1" });
});

test("the rest of a POST is its body", async () => {
  const { calls, backend } = answering(200, {});
  await backend.call("activate_version", { slug: "production", version: 3 });
  expect(calls[0]?.url).toBe("http://h/manage/v1/configs/production/activate");
  expect(calls[0]?.init.body).toBe('{"version":3}');
});

test("an error keeps its code and its details", async () => {
  const { backend } = answering(409, {
    error: { code: "conflict", message: "v6 was saved", details: { latest_version: 6 } },
  });
  await expect(backend.call("get_status", {})).rejects.toMatchObject({
    code: "conflict",
    details: { latest_version: 6 },
  });
});

test("details beside the message count as details", async () => {
  const { backend } = answering(409, {
    error: { code: "conflict", message: "m", latest_version: 6 },
  });
  await expect(backend.call("get_status", {})).rejects.toMatchObject({
    details: { latest_version: 6 },
  });
});

test("events are read from a stream in whatever pieces it comes", async () => {
  const text = ': hi\n\ndata: [{"type":"proxy_changed"}]\n\ndata: {"type":"health_changed"}\n\n';
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7));
    },
  });
  const backend = new HttpBackend(
    "http://h",
    null,
    (async () => new Response(body)) as typeof fetch,
  );
  const seen: string[] = [];
  await new Promise<void>((resolve) => {
    const stop = backend.subscribe((events) => {
      seen.push(...events.map((event) => event.type));
      if (seen.length === 2) {
        stop();
        resolve();
      }
    });
  });
  expect(seen).toEqual(["proxy_changed", "health_changed"]);
});

test("the key leaves the address once it was read", () => {
  window.location.hash = "#key=mlx_mk_2";
  expect(takeKeyFromHash(window.location, sessionStorage)).toBe("mlx_mk_2");
  expect(window.location.hash).toBe("#/");
  expect(takeKeyFromHash(window.location, sessionStorage)).toBe("mlx_mk_2");
});

test("the key can come behind a place, which stays", () => {
  window.location.hash = "#/settings&key=mlx_mk_3";
  expect(takeKeyFromHash(window.location, sessionStorage)).toBe("mlx_mk_3");
  expect(window.location.hash).toBe("#/settings");
});

test("the page goes along when its server moves to another port", async () => {
  window.location.hash = "#/settings";
  const body = JSON.stringify({ address: "http://127.0.0.1:9001" });
  const visited: string[] = [];
  const backend = new HttpBackend(
    window.location.origin,
    "mlx_mk_4",
    (async () => new Response(body)) as typeof fetch,
    (url) => visited.push(url),
  );
  await backend.call("use_port", { port: 9001 });
  const { protocol, hostname, pathname } = window.location;
  expect(visited).toEqual([`${protocol}//${hostname}:9001${pathname}#/settings&key=mlx_mk_4`]);
});

test("whenever the stream begins the listener is told that events may be missing", async () => {
  let connections = 0;
  const fetcher = async () => {
    connections += 1;
    const body = new ReadableStream({
      start(controller) {
        if (connections === 1) controller.close();
      },
    });
    return new Response(body);
  };
  const backend = new HttpBackend("http://h", null, fetcher as typeof fetch);
  const told: number[] = [];
  await new Promise<void>((resolve) => {
    const stop = backend.subscribe(
      () => {},
      () => {
        told.push(connections);
        if (connections < 2) return;
        stop();
        resolve();
      },
    );
  });
  expect(told).toEqual([1, 2]);
});
