"""The real binary and the scripted upstream, for tests that use clients that are not ours.

MODELUX_BIN names the binary; otherwise the debug build next to `scripted-upstream` is used.
"""

import base64
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import anthropic
import openai
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEBUG = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
APP_KEY = "mlx_sk_test0123456789abcdefghijklmnopqrstuvwxyzAB"
MANAGEMENT_KEY = "mlx_mk_test0123456789abcdefghijklmnopqrstuvwxyzAB"
MODELS = [f"m{n}" for n in range(200)]
# Providers and their models by the API that they speak; OpenAI's own models of that name have Responses alone.
SPEAKS = {
    "chat": ("up", MODELS),
    "messages": ("claude", [f"c{n}" for n in range(200)]),
    "responses": ("native", [f"n{n}-codex" for n in range(200)]),
}
# Models of the configs below; tests script them by name.
MEMBERS = ["member-1", "member-2", "member-3", "step-1", "step-2"]
RULES = 'if tenant == "blocked" then block "not from here"\nelse use sandbox/fast\n'


def http(method, url, body=None, key=None):
    """Any JSON call; returns the parsed answer."""
    headers = {"content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or b"null")


def started(command, **options):
    """Starts a program and returns it with the first address that it says."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, **options)
    for line in process.stdout:
        if found := re.search(r"http://[0-9.:]+[0-9]", line):
            return process, found.group()
    raise RuntimeError(f"{command} said no address; it ended with {process.wait()}")


class Upstream:
    """The scripted upstream; every test gets models of its own, so that breakers do not leak."""

    def __init__(self, base):
        self.base = base
        self.fresh = {dialect: iter(models) for dialect, (_, models) in SPEAKS.items()}

    def script(self, *replies, dialect="chat"):
        """Takes a fresh model behind that API, scripts it and returns its full name."""
        model = next(self.fresh[dialect])
        if replies:
            self.perform(model, *replies)
        return f"{SPEAKS[dialect][0]}/{model}"

    def perform(self, model, *replies):
        """Scripts a model of one of the configs."""
        http("POST", f"{self.base}/script", {"model": model, "replies": list(replies)})

    def seen(self, model):
        """The requests that came for that model, bodies parsed."""
        name = model.split("/")[-1]
        rows = [row for row in http("GET", f"{self.base}/seen")["data"] if row["model"] == name]
        for row in rows:
            row["json"] = json.loads(base64.b64decode(row["body"]))
        return rows

    def release(self, gate):
        http("POST", f"{self.base}/release", {"gate": gate})

    def wait_for(self, model, condition):
        """Waits until a request for that model fulfils the condition."""
        for _ in range(1000):
            if any(condition(row) for row in self.seen(model)):
                return
            time.sleep(0.02)
        raise AssertionError(f"waited in vain; seen: {self.seen(model)}")


def says(text="", calls=(), thinking=""):
    """An answer in whatever form it is asked for; calls are (id, name, arguments)."""
    calls = [{"id": id, "name": name, "arguments": json.dumps(arguments)} for id, name, arguments in calls]
    return [{"do": "say", "text": text, "calls": calls, "thinking": thinking}]


def refuses(status):
    """An error in the form of the API that it is asked by."""
    return [{"do": "refuse", "status": status}]


def head(status=200, kind="application/json", **headers):
    pairs = [["content-type", kind]] + [[name.replace("_", "-"), value] for name, value in headers.items()]
    return {"do": "head", "status": status, "headers": pairs}


def reply(status, body, **headers):
    """A complete JSON answer."""
    return [head(status, **headers), {"do": "text", "text": json.dumps(body)}, {"do": "end"}]


def error(status, code="code", kind="some_error", **headers):
    body = {"error": {"message": f"scripted {status}", "type": kind, "param": None, "code": code}}
    return reply(status, body, **headers)


def chunk(delta, finish=None):
    body = {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return {"do": "text", "text": f"data: {json.dumps(body)}\n\n"}


def stream(*steps):
    """An event stream of these steps; says its own end."""
    return [head(kind="text/event-stream"), *steps]


DONE = [{"do": "text", "text": "data: [DONE]\n\n"}, {"do": "end"}]


@pytest.fixture(scope="session")
def upstream():
    process, base = started([DEBUG / "scripted-upstream"])
    yield Upstream(base)
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def modelux(upstream):
    """Base address of a running proxy."""
    def provider(name, kind, path, models):
        models = [{"name": model, "price": {"input": 1.0, "output": 2.0}} for model in models]
        base_url = f"{upstream.base}/{path}"
        return {"name": name, "kind": kind, "base_url": base_url, "credential": {"env": "UP_KEY"}, "models": models}

    bundle = {
        "modelux": 1,
        "providers": [
            provider("up", "openai_compatible", "up/v1", MODELS + MEMBERS),
            provider("claude", "anthropic_compatible", "claude", SPEAKS["messages"][1]),
            provider("native", "openai", "native/v1", SPEAKS["responses"][1]),
        ],
        "configs": [
            {"slug": "production", "document": {"strategy": "fallback", "attempts": ["sandbox/fast", "sandbox/smart"]}},
            {"slug": "json", "document": {"strategy": "single", "model": "sandbox/json"}},
            {"slug": "vote", "document": {
                "strategy": "ensemble", "aggregation": "majority_vote", "timeout_ms": 20_000,
                "members": [{"model": f"up/{name}"} for name in MEMBERS[:3]]}},
            {"slug": "climb", "document": {
                "strategy": "cascade",
                "attempts": [{"model": "up/step-1", "accept": "response.has_tool_calls"}, {"model": "up/step-2"}]}},
            {"slug": "guarded", "document": {"strategy": "custom_rules", "rules": RULES}},
        ],
    }
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "bundle.json"
        path.write_text(json.dumps(bundle))
        binary = os.environ.get("MODELUX_BIN", DEBUG / "modelux")
        environment = {
            "PATH": os.environ["PATH"], "HOME": directory, "UP_KEY": "up-secret",
            "MODELUX_APP_KEY": APP_KEY, "MODELUX_MANAGEMENT_KEY": MANAGEMENT_KEY,
        }
        command = [binary, "serve", "--data-dir", f"{directory}/data", "--port", "0", "--bundle", path]
        process, base = started(command, env=environment)
        yield base
        process.terminate()
        assert process.wait(timeout=30) == 0


@pytest.fixture
def client(modelux):
    with openai.OpenAI(base_url=f"{modelux}/openai/v1", api_key=APP_KEY, max_retries=0, timeout=30) as client:
        yield client


@pytest.fixture
def claude(modelux):
    """Anthropic's own SDK."""
    with anthropic.Anthropic(base_url=f"{modelux}/anthropic", api_key=APP_KEY, max_retries=0, timeout=30) as client:
        yield client


@pytest.fixture(params=list(SPEAKS))
def speaks(request, upstream):
    """Scripts a fresh model behind each API in turn."""

    def script(*replies):
        return upstream.script(*replies, dialect=request.param)

    script.dialect = request.param
    return script


@pytest.fixture
def log(modelux):
    """Reads a recorded request as soon as it is written."""

    def read(request_id):
        for _ in range(500):
            try:
                return http("GET", f"{modelux}/manage/v1/logs/{request_id}", key=MANAGEMENT_KEY)
            except urllib.error.HTTPError as refused:
                assert refused.code == 404
                time.sleep(0.02)
        raise AssertionError(f"{request_id} was never recorded")

    return read


