"""Anthropic's Python SDK through an upstream of each API."""

import anthropic
import pytest
from conftest import APP_KEY, head, refuses, says

ASK = [{"role": "user", "content": "Weather in Paris and Rome?"}]
TOOL = {
    "name": "weather", "description": "Now",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CALLS = [("call_a", "weather", {"city": "Paris"}), ("call_b", "weather", {"city": "Rome"})]


def calls_of(message):
    return [(block.id, block.name, block.input) for block in message.content if block.type == "tool_use"]


def test_a_message_says_what_the_upstream_said(claude, speaks):
    message = claude.messages.create(model=speaks(says("Rain in Paris.")), max_tokens=64, system="Be brief.", messages=ASK)
    assert [block.text for block in message.content] == ["Rain in Paris."]
    assert (message.type, message.role, message.stop_reason) == ("message", "assistant", "end_turn")
    assert (message.usage.input_tokens, message.usage.cache_read_input_tokens, message.usage.output_tokens) == (5, 4, 3)


def test_the_stream_helper_is_content(claude, speaks):
    model = speaks(says("Rain in Paris.", CALLS))
    with claude.messages.stream(model=model, max_tokens=64, messages=ASK, tools=[TOOL]) as helper:
        events = list(helper)
    final = helper.get_final_message()
    assert {event.type for event in events} >= {
        "message_start", "content_block_start", "text", "input_json", "content_block_stop", "message_delta", "message_stop"}
    assert "".join(event.text for event in events if event.type == "text") == "Rain in Paris."
    assert calls_of(final) == CALLS
    assert (final.stop_reason, final.usage.output_tokens) == ("tool_use", 3)
    assert final.usage.input_tokens + (final.usage.cache_read_input_tokens or 0) == 9


def test_the_text_stream_says_the_text(claude, speaks):
    with claude.messages.stream(model=speaks(says("Rain in Paris.")), max_tokens=64, messages=ASK) as helper:
        assert "".join(helper.text_stream) == "Rain in Paris."
    assert helper.get_final_text() == "Rain in Paris."


def test_tools_are_called_and_answered(claude, speaks, upstream):
    model = speaks(says(calls=CALLS), says("Rain here, sun there."))
    first = claude.messages.create(model=model, max_tokens=64, messages=ASK, tools=[TOOL], tool_choice={"type": "any"})
    assert (calls_of(first), first.stop_reason) == (CALLS, "tool_use")
    results = [
        {"type": "tool_result", "tool_use_id": "call_a", "content": "rain"},
        {"type": "tool_result", "tool_use_id": "call_b", "content": [{"type": "text", "text": "sun"}]},
    ]
    history = [*ASK, {"role": "assistant", "content": first.content}, {"role": "user", "content": results}]
    second = claude.messages.create(model=model, max_tokens=64, messages=history, tools=[TOOL])
    assert second.content[0].text == "Rain here, sun there."
    assert "sun" in str(upstream.seen(model)[1]["json"])


def test_thoughts_come_as_thinking_blocks(claude, speaks):
    model = speaks(says("Rain.", thinking="Paris is wet."))
    ask = {"model": model, "max_tokens": 4096, "messages": ASK, "thinking": {"type": "enabled", "budget_tokens": 1024}}
    message = claude.messages.create(**ask)
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.content[0].thinking == "Paris is wet."
    with claude.messages.stream(**ask) as helper:
        for _ in helper:
            pass
    assert [block.type for block in helper.get_final_message().content] == ["thinking", "text"]
    assert helper.get_final_message().content[0].thinking == "Paris is wet."


def test_images_and_documents_reach_the_upstream(claude, speaks, upstream):
    model = speaks(says("A dot."))
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
    content = [{"type": "text", "text": "What is it?"}, image]
    claude.messages.create(model=model, max_tokens=64, messages=[{"role": "user", "content": content}])
    assert "iVBORw0KGgo=" in str(upstream.seen(model)[0]["json"])


@pytest.mark.parametrize(("status", "kind", "word"), [
    (400, anthropic.BadRequestError, "invalid_request_error"), (401, anthropic.AuthenticationError, "authentication_error"),
    (403, anthropic.PermissionDeniedError, "permission_error"), (404, anthropic.NotFoundError, "not_found_error"),
    (429, anthropic.RateLimitError, "rate_limit_error"), (500, anthropic.InternalServerError, "api_error"),
])
def test_errors_are_typed(claude, speaks, status, kind, word):
    with pytest.raises(kind) as raised:
        claude.messages.create(model=speaks(refuses(status)), max_tokens=64, messages=ASK)
    assert type(raised.value) is kind
    assert raised.value.body["error"]["type"] == word
    assert f"scripted {status}" in raised.value.message


def test_our_own_errors_are_typed(claude, modelux):
    with pytest.raises(anthropic.NotFoundError, match="@production"):
        claude.messages.create(model="@producton", max_tokens=64, messages=ASK)
    with anthropic.Anthropic(base_url=f"{modelux}/anthropic", api_key="mlx_sk_wrong", max_retries=0) as stranger:
        with pytest.raises(anthropic.AuthenticationError):
            stranger.messages.create(model="@production", max_tokens=64, messages=ASK)


def test_a_stream_that_breaks_raises(claude, speaks):
    with pytest.raises((anthropic.APIError, anthropic.APIConnectionError)):
        with claude.messages.stream(model=speaks([head(kind="text/event-stream"), {"do": "reset"}]), max_tokens=64, messages=ASK) as helper:
            helper.get_final_message()


def test_tokens_are_counted(claude, speaks):
    counted = claude.messages.count_tokens(model=speaks(), messages=ASK, system="Be brief.", tools=[TOOL])
    assert counted.input_tokens == 42 if speaks.dialect == "messages" else counted.input_tokens > 5


def test_the_sandbox_and_a_bearer_token(modelux):
    with anthropic.Anthropic(base_url=f"{modelux}/anthropic", auth_token=APP_KEY, max_retries=0) as client:
        message = client.messages.create(model="@production", max_tokens=64, messages=ASK)
        assert message.content[0].text
        with client.messages.stream(model="@production", max_tokens=64, messages=ASK) as helper:
            assert helper.get_final_text()


def test_models_are_listed(claude):
    ids = [model.id for model in claude.models.list(limit=1000)]
    assert "@production" in ids and "sandbox/fast" in ids
    assert claude.models.retrieve("@production").id == "@production"
