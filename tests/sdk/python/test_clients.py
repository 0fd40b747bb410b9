"""Clients that are not a provider's own: the PyPI package modelux, LangChain, llm, curl."""

import json
import os
import subprocess
import sys

import modelux as modelux_sdk
import openai
import pytest
from conftest import APP_KEY, refuses, says
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

ASK = [{"role": "user", "content": "Weather?"}]
CALLS = [("call_a", "weather", {"city": "Paris"}), ("call_b", "weather", {"city": "Rome"})]


@tool
def weather(city: str) -> str:
    """Weather in a city."""
    return f"rain in {city}"


@pytest.fixture(params=["openai", "openai-responses", "anthropic"])
def chat(request, modelux):
    """A LangChain chat model of each integration."""

    def of(model):
        options = {"model": model, "api_key": APP_KEY, "max_retries": 0, "timeout": 30}
        if request.param == "anthropic":
            return ChatAnthropic(base_url=f"{modelux}/anthropic", max_tokens=64, **options)
        return ChatOpenAI(base_url=f"{modelux}/openai/v1", use_responses_api=request.param == "openai-responses", **options)

    return of


def test_langchain_invokes(chat, speaks):
    answer = chat(speaks(says("Rain in Paris."))).invoke("Weather?")
    assert answer.text == "Rain in Paris."
    assert (answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]) == (9, 3)


def test_langchain_streams(chat, speaks):
    parts = [chunk.text for chunk in chat(speaks(says("Rain in Paris."))).stream("Weather?")]
    assert "".join(parts) == "Rain in Paris." and len(parts) > 1


def test_langchain_calls_tools(chat, speaks):
    model = chat(speaks(says(calls=CALLS), says("Rain everywhere."))).bind_tools([weather])
    asked = model.invoke([HumanMessage("Weather?")])
    assert [(call["id"], call["name"], call["args"]) for call in asked.tool_calls] == CALLS
    results = [ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"]) for call in asked.tool_calls]
    assert model.invoke([HumanMessage("Weather?"), asked, *results]).text == "Rain everywhere."


def test_langchain_streams_tool_calls(chat, speaks):
    whole = None
    for chunk in chat(speaks(says(calls=CALLS))).bind_tools([weather]).stream("Weather?"):
        whole = chunk if whole is None else whole + chunk
    assert [(call["id"], call["name"], call["args"]) for call in whole.tool_calls] == CALLS


@pytest.fixture
def sdk(modelux):
    with modelux_sdk.Modelux(api_key=APP_KEY, base_url=f"{modelux}/openai/v1", max_retries=0) as client:
        yield client


def test_the_modelux_package_reads_who_answered(sdk, log):
    answer = sdk.chat.completions.create(model="@production", messages=ASK, user_id="u_1", tags={"team": "ml"}, trace_id="t_1")
    assert answer.choices[0].message.content
    assert (answer.modelux.provider_used, answer.modelux.model_used) == ("sandbox", "fast")
    row = log(answer.modelux.request_id)
    assert (row["end_user"], row["tags"]["team"], row["trace_id"]) == ("u_1", "ml", "t_1")


def test_the_modelux_package_streams(sdk):
    stream = sdk.chat.completions.create(model="@production", messages=ASK, stream=True)
    assert stream.modelux.request_id.startswith("req_")
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


def test_the_modelux_package_raises_openais_exceptions(sdk, upstream):
    with pytest.raises(openai.RateLimitError, match="scripted 429"):
        sdk.chat.completions.create(model=upstream.script(refuses(429)), messages=ASK)


@pytest.mark.parametrize("responses", [False, True], ids=["chat", "responses"])
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_llm_answers(modelux, speaks, tmp_path, responses, streamed):
    model = speaks(says("Rain in Paris."))
    entry = {
        "model_id": "ours", "model_name": model, "api_base": f"{modelux}/openai/v1", "api_key_name": "modelux", "responses": responses,
    }
    # JSON is YAML.
    (tmp_path / "extra-openai-models.yaml").write_text(json.dumps([entry]))
    environment = {**os.environ, "LLM_USER_PATH": str(tmp_path)}
    llm = [sys.executable, "-m", "llm"]
    subprocess.run([*llm, "keys", "set", "modelux", "--value", APP_KEY], env=environment, check=True, timeout=60)
    ask = [*llm, "-m", "ours", "Weather?", *([] if streamed else ["--no-stream"])]
    done = subprocess.run(ask, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "Rain in Paris."), done.stderr


@pytest.mark.parametrize(("path", "body"), [
    ("/openai/v1/chat/completions", {"messages": ASK}),
    ("/openai/v1/responses", {"input": "Weather?"}),
    ("/anthropic/v1/messages", {"messages": ASK, "max_tokens": 64}),
    ("/openai/v1/completions", {"prompt": "Weather?"}),
])
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_curl_answers(modelux, speaks, path, body, streamed):
    model = speaks(says("Rain in Paris."))
    command = [
        "curl", "--silent", "--show-error", "--fail-with-body", "--no-buffer", f"{modelux}{path}", "-H", f"Authorization: Bearer {APP_KEY}",
        "-H", "Content-Type: application/json", "-d", json.dumps({"model": model, "stream": streamed, **body}),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Rain" in done.stdout and "Paris." in done.stdout
