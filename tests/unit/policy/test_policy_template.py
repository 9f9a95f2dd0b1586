"""Rendering prompts."""

from __future__ import annotations

import pytest

from assistant.errors import BadInput
from assistant.policy.template import CHATML, ChatTemplate

USER = {"role": "user", "content": "Hi"}


def test_chatml() -> None:
    template = ChatTemplate(CHATML)
    assert template.render([USER]) == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert template.render([USER], add_generation_prompt=False) == "<|im_start|>user\nHi<|im_end|>\n"


def test_content_in_parts_and_none() -> None:
    template = ChatTemplate("{% for m in messages %}[{{ m.content }}]{% endfor %}")
    parts = {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    assert template.render([parts, {"role": "assistant", "content": None}]) == "[ab][]"


def test_special_tokens_and_tools_reach_the_template() -> None:
    template = ChatTemplate("{{ bos_token }}{{ tools | tojson }}{{ eos_token }}", bos_token="<s>", eos_token="</s>")
    assert template.supports_tools
    assert template.render([USER], tools=[{"name": "é<"}]) == '<s>[{"name": "é<"}]</s>'
    assert not ChatTemplate(CHATML).supports_tools


def test_tool_arguments_become_objects() -> None:
    template = ChatTemplate("{{ messages[0].tool_calls[0].function.arguments.city }}")
    call = {"function": {"name": "f", "arguments": '{"city": "Oslo"}'}}
    assert template.render([{"role": "assistant", "tool_calls": [call]}]) == "Oslo"


def test_the_hash_follows_the_source() -> None:
    assert ChatTemplate("a").template_hash == ChatTemplate("a", bos_token="x").template_hash
    assert ChatTemplate("a").template_hash != ChatTemplate("b").template_hash


@pytest.mark.parametrize(
    "source",
    [
        "{{ raise_exception('roles must alternate') }}",
        "{{ messages[9].content }}",
        "{{ ''.__class__.__mro__ }}{{ ().__class__.__bases__[0].__subclasses__() }}",
        "{% for m in messages %}{{ m.update({'content': ''}) }}{% endfor %}",
        "{% broken",
    ],
)
def test_a_template_that_fails_or_reaches_out_is_refused(source: str) -> None:
    with pytest.raises(BadInput, match="refuses"):
        ChatTemplate(source).render([USER])
