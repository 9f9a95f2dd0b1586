"""`mentee versions`: what was learned so far; use another version, or compare two."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from assistant.commands.options import data_dir, settings_of, wants_json
from assistant.commands.report import print_json, print_table, when
from assistant.ledger.taking_back import chosen_by_hand, note_of
from assistant.paths import DataDir
from assistant.policy import supervisor
from assistant.policy.gguf_info import inspect
from assistant.policy.starter import chosen_model
from assistant.policy.versions import load
from assistant.settings import Settings
from assistant.store import Store
from assistant.store.records import Version
from assistant.store.versions import require_usable


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Adds the sub-commands; without one, `list`."""
    actions = parser.add_subparsers(dest="action", metavar="list | use ID | compare ID ID PROMPT")
    actions.add_parser("list", parents=[common], help="the versions of the model in use")
    use = actions.add_parser("use", parents=[common], help="answer with this version; 0 is the base model")
    use.add_argument("id", type=int, metavar="ID")
    compare = actions.add_parser("compare", parents=[common], help="the same prompt, answered by two versions")
    compare.add_argument("ids", type=int, nargs=2, metavar="ID")
    compare.add_argument("prompt", metavar="PROMPT")
    compare.add_argument("--max-tokens", type=int, default=256, metavar="N", help="the longest reply (256)")


def run(args: argparse.Namespace) -> int:
    """Lists, switches or compares."""
    data = data_dir(args)
    settings = settings_of(data)
    if args.action == "use":
        return _use(data, settings, args)
    if args.action == "compare":
        return _compare(data, settings, args)
    return _list(data, settings, args)


def _model_hash(data: DataDir, settings: Settings) -> str:
    """Of the model that is being served, else of the one that would be."""
    if (running := supervisor.running(data)) is not None:
        with running as client:
            return str(client.health()["model_hash"])
    return inspect(chosen_model(None, settings.serving.model), data).sha256


def _list(data: DataDir, settings: Settings, args: argparse.Namespace) -> int:
    model_hash = _model_hash(data, settings)
    with Store.open(data) as store:
        active = store.versions.active(model_hash)
        versions = store.versions.list(model_hash)
        notes = {version.id: _note(store, version) for version in versions}
    if wants_json(args):
        print_json(
            [{**asdict(version), "active": version.id == active, "note": notes[version.id]} for version in versions]
        )
        return 0
    rows = [{**_row(version, active), "note": notes[version.id]} for version in versions]
    print_table(rows, ["", "version", "state", "from", "lessons", "date", "note"], "No versions.")
    return 0


def _note(store: Store, version: Version) -> str:
    if version.forgotten:
        return "contains something forgotten"
    return note_of(store, version.run_id)


def _row(version: Version, active: int) -> dict[str, object]:
    base = version.id == 0
    return {
        "": "*" if version.id == active else "",
        "version": "0 (base model)" if base else version.id,
        "state": version.state,
        "from": None if base else version.parent_id,
        "lessons": len(version.lesson_ids),
        "date": None if base else when(version.created_at),
    }


def _use(data: DataDir, settings: Settings, args: argparse.Namespace) -> int:
    model_hash = _model_hash(data, settings)
    with Store.open(data) as store:
        _check_usable(data, store, args.id, model_hash)
        running = supervisor.running(data)
        if running is not None:
            # The server first: what it refuses must not be written down as in use.
            with running as client:
                client.use_version(args.id)
        store.versions.use(model_hash, args.id)
        chosen_by_hand(store, args.id)
    if wants_json(args):
        print_json({"version": args.id, "server_told": running is not None})
    else:
        print("The base model answers now." if args.id == 0 else f"Version {args.id} answers now.")
    return 0


def _check_usable(data: DataDir, store: Store, version_id: int, model_hash: str) -> None:
    """Raises NotFound, BadInput or AdapterUnusable where the version cannot answer."""
    require_usable(store.versions.get(version_id))
    if version_id != 0:
        load(data, version_id, model_hash)


def _compare(data: DataDir, settings: Settings, args: argparse.Namespace) -> int:
    """Both replies at temperature 0, so that only the version differs."""
    model_hash = _model_hash(data, settings)
    with Store.open(data) as store:
        for version_id in args.ids:
            _check_usable(data, store, version_id, model_hash)
    prompt = [{"role": "user", "content": args.prompt}]
    if settings.chat.system_prompt:
        prompt.insert(0, {"role": "system", "content": settings.chat.system_prompt})
    replies = []
    with supervisor.connect_or_start(data) as client:
        for version_id in args.ids:
            sampled = client.complete(prompt, model=f"mentee:{version_id}", temperature=0.0, max_tokens=args.max_tokens)
            replies.append({"version": version_id, "text": sampled[0].text})
    if wants_json(args):
        print_json({"prompt": args.prompt, "replies": replies})
    else:
        print("\n\n".join(f"--- version {one['version']}\n{one['text']}" for one in replies))
    return 0
