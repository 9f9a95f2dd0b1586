"""`mentee memory`: standing instructions and facts."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from assistant.commands.options import open_store, wants_json
from assistant.commands.report import print_json, print_table, when
from assistant.memory.phrases import tidy
from assistant.memory.scope import scope_of
from assistant.store import Store
from assistant.store.records import MemoryItem, MemoryKind


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Adds the sub-commands; without one, `list`."""
    actions = parser.add_subparsers(dest="action", metavar="list | add TEXT | remove ID")
    actions.add_parser("list", parents=[common], help="all items, oldest first")
    add = actions.add_parser("add", parents=[common], help="a new item, in your own words")
    add.add_argument("text", metavar="TEXT")
    kinds = add.add_mutually_exclusive_group()
    kinds.add_argument("--instruction", action="store_true", help="how replies should be")
    kinds.add_argument("--fact", action="store_true", help="something to know; by default the words decide")
    remove = actions.add_parser("remove", parents=[common], help="delete an item for good")
    remove.add_argument("id", metavar="ID")


def run(args: argparse.Namespace) -> int:
    """Lists, adds or removes."""
    with open_store(args) as store:
        if args.action == "add":
            return _add(store, args)
        if args.action == "remove":
            return _remove(store, args)
        items = store.memory.list()
    if wants_json(args):
        print_json([asdict(item) for item in items])
        return 0
    rows = [{**asdict(item), "date": when(item.created_at)} for item in items]
    print_table(rows, ["id", "kind", "state", "scope", "date", "text"], "Nothing is remembered yet.")
    return 0


def _add(store: Store, args: argparse.Namespace) -> int:
    text = tidy(args.text)
    kind: MemoryKind = "fact" if args.fact or (not args.instruction and _is_fact(text)) else "instruction"
    item = store.memory.add(kind, text, source_text=args.text)
    _print(item, args, f"{item.id}  {kind}: {item.text}")
    return 0


def _remove(store: Store, args: argparse.Namespace) -> int:
    with store.immediate():
        item = store.memory.get(args.id)
        store.memory.remove(item.id)
    _print(item, args, f"Removed: {item.text}")
    return 0


def _print(item: MemoryItem, args: argparse.Namespace, text: str) -> None:
    if wants_json(args):
        print_json(asdict(item))
    else:
        print(text)


def _is_fact(text: str) -> bool:
    return scope_of(text) == "fact"
