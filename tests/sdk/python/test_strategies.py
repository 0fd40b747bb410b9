"""Strategies that hold answers back, climb and block, as the official Python SDK sees them."""

import openai
import pytest
from conftest import DONE, chunk, error, reply, stream

ASK = [{"role": "user", "content": "What is the capital of France?"}]
WEATHER = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'}}


def completion(message, finish="stop"):
    return reply(200, {
        "id": "x", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})


def behind(gate, *steps):
    """A stream that says its role, then waits."""
    return stream(chunk({"role": "assistant", "content": ""}), {"do": "wait", "gate": gate}, *steps)


def test_a_streamed_ensemble_keeps_the_sdk_waiting_and_then_is_one_stream(client, upstream):
    end = [chunk({}, "stop"), *DONE]
    upstream.perform("member-1", behind("vote", chunk({"content": "forty"}), chunk({"content": "-two"}), *end))
    upstream.perform("member-2", behind("vote", chunk({"content": "FORTY-two"}), *end))
    upstream.perform("member-3", [{"do": "hang"}])
    answer = client.chat.completions.create(model="@vote", messages=ASK, stream=True)
    # The head is here, and nobody has voted yet.
    upstream.release("vote")
    chunks = list(answer)
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "forty-two"
    assert chunks[-1].choices[0].finish_reason == "stop"
    upstream.wait_for("up/member-3", lambda row: row["hung_up"])


def test_an_ensemble_that_fails_late_raises_in_the_stream(client, upstream):
    for name in ["member-1", "member-2", "member-3"]:
        upstream.perform(name, [{"do": "wait", "gate": "fail"}, *error(400)])
    answer = client.chat.completions.create(model="@vote", messages=ASK, stream=True)
    upstream.release("fail")
    with pytest.raises(openai.APIError) as caught:
        list(answer)
    assert "member-1" in caught.value.message


def test_tools_go_through_a_cascade(client, upstream):
    upstream.perform("step-1", completion({"content": "I would rather talk"}))
    upstream.perform("step-2", completion({"content": None, "tool_calls": [CALL]}, "tool_calls"))
    raw = client.chat.completions.with_raw_response.create(model="@climb", messages=ASK, tools=[WEATHER])
    assert raw.headers["x-modelux-attempts"] == "2"
    assert raw.parse().choices[0].message.tool_calls[0].function.arguments == '{"city":"Paris"}'


def test_a_streamed_cascade_streams_its_last_step(client, upstream):
    upstream.perform("step-1", stream(chunk({"content": "I would rather talk"}), chunk({}, "stop"), *DONE))
    call = {"index": 0, **CALL}
    upstream.perform("step-2", stream(chunk({"role": "assistant", "tool_calls": [call]}), chunk({}, "tool_calls"), *DONE))
    with client.chat.completions.stream(model="@climb", messages=ASK, tools=[WEATHER]) as helper:
        final = helper.get_final_completion()
    assert final.choices[0].message.tool_calls[0].function.name == "get_weather"
    assert final.choices[0].message.content is None


def test_a_block_raises_permission_denied(client):
    with pytest.raises(openai.PermissionDeniedError) as caught:
        client.chat.completions.create(model="@guarded", messages=ASK, extra_body={"mlx:tags": {"tenant": "blocked"}})
    assert (caught.value.type, caught.value.code) == ("blocked_by_rule", "blocked_by_rule")
    assert "not from here" in caught.value.message
    assert caught.value.body["rule"]["line"] == 1
    assert client.chat.completions.create(model="@guarded", messages=ASK).choices[0].message.content
