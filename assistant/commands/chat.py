"""`mentee chat`: one reply on standard output, recorded like any other."""

from __future__ import annotations

import argparse
import contextlib

from assistant.commands.options import data_dir, settings_of, wants_json
from assistant.commands.report import print_json
from assistant.conversation.chat import ChatService
from assistant.conversation.events import ReplyDelta, ReplyFinished
from assistant.errors import BadInput, PolicyUnavailable
from assistant.policy.supervisor import connect_or_start
from assistant.settings import Settings
from assistant.store import Store


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001
    """Adds the arguments."""
    parser.add_argument("text", help="what to say")
    parser.add_argument("--conversation", metavar="ID", help="go on with this one (or: last); else a new one")
    parser.add_argument("--no-instructions", action="store_true", help="leave standing instructions out")
    parser.add_argument("--model", metavar="PATH", help="a model file other than the one of the settings")
    parser.add_argument("--temperature", type=float, metavar="T", help="0 gives the same reply every time")
    parser.add_argument("--seed", type=int, metavar="N", help="makes sampling repeatable")
    parser.add_argument("--max-tokens", type=int, metavar="N", help="the longest reply, in tokens")


def run(args: argparse.Namespace) -> int:
    """Streams the reply; 1 where it could not be finished, with the reason on stderr."""
    data = data_dir(args)
    settings = _with_overrides(settings_of(data), args)
    if not args.text.strip():
        raise BadInput("There is nothing to send.")
    with Store.open(data) as store:
        conversation_id = _existing(store, args)
        with connect_or_start(data, model=args.model) as client:
            # Made only now: a server that does not start must not leave an empty conversation.
            conversation_id = conversation_id or _new(store, args)
            service = ChatService(store, client, settings)
            finished = _stream(service, conversation_id, args.text, quiet=wants_json(args))
        if wants_json(args):
            turn = finished.turn
            print_json(
                {
                    "conversation": conversation_id,
                    "message": finished.message.id,
                    "turn": turn.id if turn else None,
                    "text": finished.message.content,
                    "version": turn.version if turn else None,
                    "state": finished.state,
                }
            )
    if finished.state == "interrupted":
        raise PolicyUnavailable(finished.detail or "The reply was interrupted; what arrived is kept.")
    return 0


def _stream(service: ChatService, conversation_id: str, text: str, *, quiet: bool) -> ReplyFinished:
    # Closed before the store is, also after Ctrl-C: closing is what keeps the text that has arrived.
    with contextlib.closing(service.reply(conversation_id, text)) as events:
        for event in events:
            if isinstance(event, ReplyFinished):
                if not quiet:
                    print(flush=True)
                return event
            if isinstance(event, ReplyDelta) and not quiet:
                print(event.text, end="", flush=True)
    raise PolicyUnavailable("The reply was interrupted.")


def _existing(store: Store, args: argparse.Namespace) -> str | None:
    if args.conversation is None:
        return None
    if args.conversation == "last":
        recent = store.conversations.list(limit=1)
        if not recent:
            return None
        found = recent[0]
    else:
        found = store.conversations.get(args.conversation)
    if args.no_instructions:
        store.conversations.set_instructions_off(found.id, True)
    return found.id


def _new(store: Store, args: argparse.Namespace) -> str:
    return store.conversations.create(instructions_off=args.no_instructions).id


def _with_overrides(settings: Settings, args: argparse.Namespace) -> Settings:
    given = {key: getattr(args, key) for key in ("temperature", "seed", "max_tokens")}
    for key, value in given.items():
        if value is None:
            continue
        try:
            settings = settings.with_value("chat", key, value)
        except ValueError:
            raise BadInput(f"--{key.replace('_', '-')} {value} is out of range.") from None
    return settings
