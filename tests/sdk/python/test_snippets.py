"""What the window offers to paste does what it promises, as it stands."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from conftest import APP_KEY, MANAGEMENT_KEY, ROOT, http

# Each snippet of the window and what runs it; `agents` are in test_agents.py, `None` cannot be run here.
RUNS = {
    "python": "python", "responses-python": "python", "anthropic-python": "python", "langchain": "python", "modelux-python": "python",
    "node": "node", "responses-node": "node", "anthropic-node": "node", "vercel-ai": "node",
    "curl": "shell", "anthropic-curl": "shell", "llm": "shell", "env": "env",
    "claude-code": "agents", "codex": "agents",
    # Not in a registry as a wheel or without an editor around it.
    "aider": None, "continue": None,
}


@pytest.fixture
def snippets(modelux):
    given = http("GET", f"{modelux}/manage/v1/snippets?key={APP_KEY}&model=%40production", key=MANAGEMENT_KEY)
    return {snippet["id"]: snippet["text"] for snippet in given["snippets"]}


def run(command, directory, **environment):
    path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path, "LLM_USER_PATH": str(directory), **environment}
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, cwd=directory, env=variables)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip(), "it shows an answer"
    assert '"error"' not in done.stdout, done.stdout
    return done.stdout


def test_every_snippet_is_known_here(snippets):
    assert set(snippets) == set(RUNS), "a new snippet needs a run"
    for id, text in snippets.items():
        assert APP_KEY in text, id


@pytest.mark.parametrize("id", [id for id, how in RUNS.items() if how == "python"])
def test_python(snippets, id, tmp_path):
    run([sys.executable, "-c", snippets[id]], tmp_path)


@pytest.mark.parametrize("id", [id for id, how in RUNS.items() if how == "node"])
def test_node(snippets, id, tmp_path):
    # Node looks for packages beside the file.
    path = ROOT / "tests/sdk/node" / f"snippet-{os.getpid()}.mjs"
    path.write_text(snippets[id])
    try:
        run(["node", path], tmp_path)
    finally:
        path.unlink()


@pytest.mark.parametrize("id", [id for id, how in RUNS.items() if how == "shell"])
def test_shell(snippets, id, tmp_path):
    run(["bash", "-ec", snippets[id]], tmp_path)


def test_the_environment_is_enough_for_both_sdks(snippets, tmp_path):
    ask = {"role": "user", "content": "hi"}
    code = f"""
import anthropic, openai
print(openai.OpenAI().chat.completions.create(model="@production", messages=[{ask}]).choices[0].message.content)
print(anthropic.Anthropic().messages.create(model="@production", max_tokens=9, messages=[{ask}]).content[0].text)
"""
    (tmp_path / "ask.py").write_text(code)
    assert len(run(["bash", "-ec", f"{snippets['env']}\npython ask.py"], tmp_path).splitlines()) >= 2


def test_continues_file_names_the_model_and_where_it_is(snippets, modelux):
    yaml = pytest.importorskip("yaml")
    [model] = yaml.safe_load(snippets["continue"])["models"]
    assert (model["provider"], model["model"], model["apiBase"]) == ("openai", "@production", f"{modelux}/openai/v1")
    assert json.dumps(model["apiKey"]) == f'"{APP_KEY}"'
