"""The first-request snippets of README.md do what they promise.

Every fenced block that names the default address is run as it stands, with only address and key replaced.
"""

import os
import pathlib
import re
import subprocess
import sys

import pytest
from conftest import APP_KEY, ROOT

DEFAULT = "127.0.0.1:8642"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUNNABLE = {"python", "js", "javascript", "bash", "sh", "shell"}


def snippets():
    readme = ROOT / "README.md"
    text = readme.read_text() if readme.exists() else ""
    return [(language, code) for language, code in FENCE.findall(text) if language in RUNNABLE and f"{DEFAULT}/" in code and "mlx_" in code]


def command(language, code, directory: pathlib.Path):
    if language == "python":
        path = directory / "snippet.py"
        path.write_text(code)
        return [sys.executable, path]
    if language in ("js", "javascript"):
        node = ROOT / "tests/sdk/node"
        path = node / f"readme-{os.getpid()}.mjs"
        path.write_text(code)
        return ["node", path]
    path = directory / "snippet.sh"
    path.write_text("set -e\n" + code)
    return ["bash", path]


@pytest.mark.parametrize(("language", "code"), snippets() or [pytest.param("none", "", marks=pytest.mark.skip("README.md has no snippets"))])
def test_a_snippet_runs_as_it_is_written(language, code, modelux, tmp_path):
    code = code.replace(f"http://{DEFAULT}", modelux)
    code = re.sub(r"mlx_sk_[A-Za-z0-9_…]*(\.\.\.)?", APP_KEY, code)
    run = command(language, code, tmp_path)
    try:
        done = subprocess.run(run, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    finally:
        if language in ("js", "javascript"):
            run[1].unlink()
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip(), "a first request shows an answer"
    assert '"error"' not in done.stdout, done.stdout


def test_the_readme_has_a_snippet_for_python_node_and_curl():
    if not (ROOT / "README.md").exists():
        pytest.skip("README.md is not there yet")
    languages = {language for language, _ in snippets()}
    assert "python" in languages
    assert languages & {"js", "javascript"}
    assert any("curl" in code for language, code in snippets() if language in ("bash", "sh", "shell"))
