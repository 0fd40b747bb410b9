"""Coding agents, configured by what the window offers to paste, through an upstream of each API.

Claude Code and Codex are more than 600 MB, so that `make test` leaves them out: `make test-agents` installs them.
"""

import os
import re
import subprocess

import pytest
from conftest import APP_KEY, MANAGEMENT_KEY, ROOT, http, says

BIN = ROOT / "tests/sdk/agents/node_modules/.bin"
pytestmark = pytest.mark.skipif(not BIN.is_dir(), reason="make test-agents installs them")


@pytest.fixture
def snippet(modelux):
    """The window's snippet of that name, for a model."""

    def read(id, model):
        url = f"{modelux}/manage/v1/snippets?key={APP_KEY}&model={model}"
        return next(each["text"] for each in http("GET", url, key=MANAGEMENT_KEY)["snippets"] if each["id"] == id)

    return read


def run(script, directory, **environment):
    home = directory / "home"
    home.mkdir()
    quiet = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_TELEMETRY": "1", "DISABLE_AUTOUPDATER": "1"}
    variables = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(home), **quiet, **environment}
    (directory / "notes.txt").write_text("the secret word is heliotrope\n")
    done = subprocess.run(
        ["bash", "-ec", script], capture_output=True, text=True, timeout=120, cwd=directory, env=variables, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_claude_code_answers_after_a_tool(snippet, speaks, upstream, tmp_path):
    notes = str(tmp_path / "notes.txt")
    model = speaks(says("Let me look.", [("call_a", "Read", {"file_path": notes})]), says("The word is heliotrope."))
    text = snippet("claude-code", model)
    assert text.endswith("\nclaude\n")
    said = run(text.rstrip() + ' -p "Which word is in notes.txt?" --allowedTools Read', tmp_path)
    assert "The word is heliotrope." in said
    assert "heliotrope" in str(upstream.seen(model)[-1]["json"]), "what the tool read went back"


def test_codex_answers_after_a_tool(snippet, speaks, upstream, tmp_path):
    model = speaks(says("Let me look.", [("call_a", "exec_command", {"cmd": "cat notes.txt"})]), says("The word is heliotrope."))
    text = snippet("codex", model)
    home = tmp_path / "codex"
    home.mkdir()
    (home / "config.toml").write_text(text)
    key = re.search(r"export (MODELUX_API_KEY)=(\S+)", text)
    command = 'codex exec --skip-git-repo-check --sandbox danger-full-access "Which word is in notes.txt?"'
    said = run(command, tmp_path, CODEX_HOME=str(home), **{key[1]: key[2]})
    assert "The word is heliotrope." in said
    assert "heliotrope" in str(upstream.seen(model)[-1]["json"]), "what the tool said went back"
