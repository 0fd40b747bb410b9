"""OpenAI's Python SDK, chat and Responses, through an upstream of each API."""

import json

import openai
import pydantic
import pytest
from conftest import refuses, says

ASK = [{"role": "user", "content": "Weather in Paris and Rome?"}]
PARAMETERS = {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False,
}
CHAT_TOOL = {"type": "function", "function": {"name": "weather", "description": "Now", "parameters": PARAMETERS, "strict": True}}
TOOL = {"type": "function", "name": "weather", "description": "Now", "parameters": PARAMETERS, "strict": True}
CALLS = [("call_a", "weather", {"city": "Paris"}), ("call_b", "weather", {"city": "Rome"})]
EXCEPTIONS = [
    (400, openai.BadRequestError), (401, openai.AuthenticationError), (403, openai.PermissionDeniedError),
    (404, openai.NotFoundError), (429, openai.RateLimitError), (500, openai.InternalServerError),
]


class City(pydantic.BaseModel):
    name: str
    people: int


def test_a_chat_says_what_the_upstream_said(client, speaks):
    answer = client.chat.completions.create(model=speaks(says("Rain in Paris.")), messages=ASK)
    assert answer.choices[0].message.content == "Rain in Paris."
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (9, 3, 12)
    assert answer.usage.prompt_tokens_details.cached_tokens == 4


def test_the_chat_stream_helper_is_content(client, speaks):
    with client.chat.completions.stream(
        model=speaks(says("Rain in Paris.", CALLS)), messages=ASK, tools=[CHAT_TOOL], stream_options={"include_usage": True}
    ) as helper:
        kinds = {event.type for event in helper}
    final = helper.get_final_completion()
    assert kinds >= {"chunk", "content.delta", "content.done", "tool_calls.function.arguments.delta", "tool_calls.function.arguments.done"}
    assert final.choices[0].message.content == "Rain in Paris."
    calls = final.choices[0].message.tool_calls
    assert [(call.id, call.function.name, json.loads(call.function.arguments)) for call in calls] == CALLS
    assert final.choices[0].finish_reason == "tool_calls"
    assert final.usage.completion_tokens == 3


def test_chat_tools_are_called_and_answered(client, speaks):
    model = speaks(says(calls=CALLS), says("Rain here, sun there."))
    first = client.chat.completions.create(model=model, messages=ASK, tools=[CHAT_TOOL], parallel_tool_calls=True)
    calls = first.choices[0].message.tool_calls
    assert [(call.id, call.function.name, json.loads(call.function.arguments)) for call in calls] == CALLS
    results = [{"role": "tool", "tool_call_id": call.id, "content": "rain"} for call in calls]
    second = client.chat.completions.create(model=model, messages=[*ASK, first.choices[0].message, *results], tools=[CHAT_TOOL])
    assert second.choices[0].message.content == "Rain here, sun there."


def test_a_chat_is_parsed_into_a_model(client, speaks):
    answer = client.chat.completions.parse(model=speaks(says('{"name": "Paris", "people": 2}')), messages=ASK, response_format=City)
    assert answer.choices[0].message.parsed == City(name="Paris", people=2)


@pytest.mark.parametrize(("status", "kind"), EXCEPTIONS)
def test_errors_of_a_chat_are_typed(client, speaks, status, kind):
    with pytest.raises(kind) as raised:
        client.chat.completions.create(model=speaks(refuses(status)), messages=ASK)
    assert type(raised.value) is kind and f"scripted {status}" in raised.value.message


def test_a_response_says_what_the_upstream_said(client, speaks):
    answer = client.responses.create(model=speaks(says("Rain in Paris.")), input="Weather?", instructions="Be brief.")
    assert answer.output_text == "Rain in Paris."
    assert answer.status == "completed"
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.total_tokens) == (9, 3, 12)
    assert answer.usage.input_tokens_details.cached_tokens == 4


def test_the_responses_stream_helper_is_content(client, speaks):
    with client.responses.stream(model=speaks(says("Rain in Paris.", CALLS)), input="Weather?", tools=[TOOL]) as helper:
        events = list(helper)
    final = helper.get_final_response()
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "Rain in Paris."
    assert final.output_text == "Rain in Paris."
    calls = [item for item in final.output if item.type == "function_call"]
    assert [(call.call_id, call.name, json.loads(call.arguments)) for call in calls] == CALLS
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert final.usage.output_tokens == 3


def test_tools_of_a_response_are_called_and_answered(client, speaks):
    model = speaks(says(calls=CALLS), says("Rain here, sun there."))
    history = [{"role": "user", "content": "Weather?"}]
    first = client.responses.create(model=model, input=history, tools=[TOOL], store=False)
    calls = [item for item in first.output if item.type == "function_call"]
    assert [(call.call_id, call.name, json.loads(call.arguments)) for call in calls] == CALLS
    results = [{"type": "function_call_output", "call_id": call.call_id, "output": "rain"} for call in calls]
    second = client.responses.create(model=model, input=[*history, *first.output, *results], tools=[TOOL], store=False)
    assert second.output_text == "Rain here, sun there."


def test_a_response_is_parsed_into_a_model(client, speaks):
    answer = client.responses.parse(model=speaks(says('{"name": "Paris", "people": 2}')), input="A city", text_format=City)
    assert answer.output_parsed == City(name="Paris", people=2)


def test_thoughts_of_a_response_come_as_reasoning(client, speaks):
    with client.responses.stream(
        model=speaks(says("Rain.", thinking="Paris is wet.")), input="Weather?", reasoning={"effort": "low", "summary": "auto"}
    ) as helper:
        for _ in helper:
            pass
    final = helper.get_final_response()
    assert [item.type for item in final.output] == ["reasoning", "message"]
    assert final.output_text == "Rain."


@pytest.mark.parametrize(("status", "kind"), EXCEPTIONS)
def test_errors_of_a_response_are_typed(client, speaks, status, kind):
    with pytest.raises(kind) as raised:
        client.responses.create(model=speaks(refuses(status)), input="Weather?")
    assert type(raised.value) is kind and f"scripted {status}" in raised.value.message


def test_a_response_on_the_sandbox(client):
    assert client.responses.create(model="@production", input="hi").output_text
    with client.responses.stream(model="@production", input="hi") as helper:
        assert any(event.type == "response.completed" for event in helper)


def test_embeddings(client, upstream):
    answer = client.embeddings.create(model=upstream.script(), input=["a", "b"], encoding_format="float")
    assert answer.data[0].embedding == [0.25, -0.5, 1.0]
    with pytest.raises(openai.BadRequestError, match="embedding"):
        client.embeddings.create(model=upstream.script(dialect="messages"), input="a")


def test_legacy_completions(client, speaks):
    model = speaks(says("Once upon a time"))
    assert client.completions.create(model=model, prompt="Tell", max_tokens=9).choices[0].text == "Once upon a time"
    chunks = client.completions.create(model=model, prompt="Tell", max_tokens=9, stream=True)
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == "Once upon a time"
