"""The official Python SDK, with nothing changed but base URL, key and model name."""

import json

import openai
import pytest
from conftest import APP_KEY, DONE, chunk, error, head, reply, stream

ASK = [{"role": "user", "content": "What is the capital of France?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather", "description": "Weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def test_a_chat_through_a_config_on_the_sandbox(client):
    answer = client.chat.completions.create(model="@production", messages=ASK)
    assert answer.object == "chat.completion"
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def test_a_stream_through_a_config_on_the_sandbox(client):
    chunks = list(client.chat.completions.create(model="@production", messages=ASK, stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(c.usage is None for c in chunks), "usage was not asked for"


def test_a_stream_with_usage_ends_with_it(client):
    options = {"include_usage": True}
    chunks = list(client.chat.completions.create(model="@production", messages=ASK, stream=True, stream_options=options))
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0


def test_the_stream_helper_joins_what_the_stream_said(client):
    with client.chat.completions.stream(model="@production", messages=ASK) as helper:
        deltas = [event.delta for event in helper if event.type == "content.delta"]
    final = helper.get_final_completion()
    assert final.choices[0].message.content == "".join(deltas) != ""


def test_the_same_question_to_the_sandbox_has_the_same_answer(client):
    ask = lambda: client.chat.completions.create(model="sandbox/smart", messages=ASK, seed=7).choices[0].message.content
    assert ask() == ask()


def test_tools_are_called_by_the_sandbox(client):
    answer = client.chat.completions.create(model="@production", messages=ASK, tools=[WEATHER], tool_choice="required")
    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason in ("tool_calls", "stop")
    assert call.function.name == "get_weather"
    assert isinstance(json.loads(call.function.arguments), dict)


def test_streamed_tool_calls_of_an_upstream_arrive_whole(client, upstream):
    calls = lambda index, **function: {"tool_calls": [{"index": index, "function": function}]}
    first = {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": ""}}]}
    model = upstream.script(stream(
        chunk({"role": "assistant", "content": None}), chunk(first),
        chunk(calls(0, arguments='{"ci')), chunk(calls(0, arguments='ty":"Paris"}')), chunk({}, "tool_calls"), *DONE))
    with client.chat.completions.stream(model=model, messages=ASK, tools=[WEATHER]) as helper:
        final = helper.get_final_completion()
    call = final.choices[0].message.tool_calls[0]
    assert (call.id, call.function.arguments) == ("call_1", '{"city":"Paris"}')
    assert upstream.seen(model)[0]["json"]["tools"] == [WEATHER]


def test_json_mode_gives_json(client):
    answer = client.chat.completions.create(model="@json", messages=ASK, response_format={"type": "json_object"})
    assert isinstance(json.loads(answer.choices[0].message.content), dict)


def test_a_json_schema_reaches_the_upstream_as_it_is(client, upstream):
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}
    wanted = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}
    content = {"role": "assistant", "content": '{"n": 42}', "refusal": None}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0, "message": content, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}
    model = upstream.script(reply(200, body))
    answer = client.chat.completions.create(model=model, messages=ASK, response_format=wanted)
    assert json.loads(answer.choices[0].message.content) == {"n": 42}
    assert upstream.seen(model)[0]["json"]["response_format"] == wanted


@pytest.mark.parametrize(("status", "exception"), [
    (400, openai.BadRequestError),
    (401, openai.AuthenticationError),
    (403, openai.PermissionDeniedError),
    (404, openai.NotFoundError),
    (409, openai.ConflictError),
    (422, openai.UnprocessableEntityError),
    (429, openai.RateLimitError),
    (500, openai.InternalServerError),
    (503, openai.InternalServerError),
])
def test_an_upstreams_own_error_raises_its_typed_exception(client, upstream, status, exception):
    model = upstream.script(error(status, code="its_code"))
    with pytest.raises(exception) as caught:
        client.chat.completions.create(model=model, messages=ASK)
    assert caught.value.status_code == status
    assert f"scripted {status}" in caught.value.message
    assert caught.value.code == "its_code"
    assert caught.value.response.headers["x-modelux-request-id"].startswith("req_")


def test_our_own_errors_raise_typed_exceptions_too(client, modelux):
    with pytest.raises(openai.NotFoundError, match="@production"):
        client.chat.completions.create(model="@producton", messages=ASK)
    with pytest.raises(openai.BadRequestError, match="provider/model"):
        client.chat.completions.create(model="no-such-model-anywhere", messages=ASK)
    stranger = openai.OpenAI(base_url=f"{modelux}/openai/v1", api_key="mlx_sk_wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        stranger.chat.completions.create(model="@production", messages=ASK)


def test_the_sdk_retries_a_429_as_told(client, upstream):
    model = upstream.script(error(429, retry_after_ms="1"), reply(200, {
        "id": "x", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "second"}, "finish_reason": "stop"}]}))
    answer = client.with_options(max_retries=2).chat.completions.create(model=model, messages=ASK)
    assert answer.choices[0].message.content == "second"


def test_an_error_in_the_middle_of_a_stream_is_raised_not_swallowed(client, upstream):
    model = upstream.script(stream(chunk({"role": "assistant", "content": "half"}), {"do": "reset"}))
    said = []
    with pytest.raises(openai.APIError):
        for part in client.chat.completions.create(model=model, messages=ASK, stream=True):
            said.append(part.choices[0].delta.content)
    assert said == ["half"], "what came before the break was passed on"


def test_models_are_listed_and_retrieved(client):
    ids = [model.id for model in client.models.list()]
    assert "@production" in ids and "sandbox/fast" in ids and "up/m0" in ids
    assert client.models.retrieve("@production").id == "@production"
    assert client.models.retrieve("sandbox/fast").object == "model"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("@nothing")


def test_raw_responses_show_our_headers(client):
    raw = client.chat.completions.with_raw_response.create(model="@production", messages=ASK)
    assert raw.headers["x-modelux-config"] == "production:1"
    assert raw.headers["x-modelux-provider-used"] == "sandbox"
    assert raw.headers["x-modelux-model-used"] == "fast"
    assert raw.headers["x-modelux-attempts"] == "1"
    assert raw.headers["x-modelux-request-id"].startswith("req_")
    assert raw.parse().choices[0].message.content


def test_tags_and_user_go_into_the_log_and_not_upstream(client, upstream, log):
    model = upstream.script()
    raw = client.chat.completions.with_raw_response.create(
        model=model, messages=ASK, extra_headers={"X-Modelux-User-Id": "u_1"}, extra_body={"mlx:tags": {"team": "ml"}})
    row = log(raw.headers["x-modelux-request-id"])
    assert (row["tags"], row["end_user"]) == ({"team": "ml"}, "u_1")
    assert not any(key.startswith("mlx:") for key in upstream.seen(model)[0]["json"])


def test_a_stream_that_is_closed_early_cancels_the_upstream(client, upstream, log):
    model = upstream.script(stream(chunk({"role": "assistant", "content": "first"}), {"do": "hang"}))
    answer = client.chat.completions.create(model=model, messages=ASK, stream=True)
    request_id = answer.response.headers["x-modelux-request-id"]
    assert next(iter(answer)).choices[0].delta.content == "first"
    answer.close()
    upstream.wait_for(model, lambda row: row["hung_up"])
    assert log(request_id)["status"] == 499


def test_events_arrive_while_the_upstream_is_still_talking(client, upstream):
    model = upstream.script(stream(
        chunk({"role": "assistant", "content": "one"}), {"do": "wait", "gate": "python"}, chunk({"content": "two"}), chunk({}, "stop"), *DONE))
    parts = iter(client.chat.completions.create(model=model, messages=ASK, stream=True))
    assert next(parts).choices[0].delta.content == "one"
    upstream.release("python")
    assert [part.choices[0].delta.content for part in parts] == ["two", None]


@pytest.mark.parametrize("count", [8])
def test_many_at_once_through_the_async_client(modelux, count):
    import asyncio

    async def ask():
        async with openai.AsyncOpenAI(base_url=f"{modelux}/openai/v1", api_key=APP_KEY, max_retries=0) as client:
            asks = (client.chat.completions.create(model="@production", messages=ASK) for _ in range(count))
            return await asyncio.gather(*asks)

    assert all(answer.choices[0].message.content for answer in asyncio.run(ask()))


def test_images_and_odd_text_reach_the_upstream_unchanged(client, upstream):
    content = [
        {"type": "text", "text": "caf\u00e9 \U0001f600 \u2028 \\ud800 \x00".replace("\x00", "")},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}},
    ]
    model = upstream.script()
    client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}])
    assert upstream.seen(model)[0]["json"]["messages"][0]["content"] == content


def test_an_answer_that_never_comes_is_the_callers_timeout(client, upstream):
    model = upstream.script([head(), {"do": "hang"}])
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.3).chat.completions.create(model=model, messages=ASK)
    upstream.wait_for(model, lambda row: row["hung_up"])
