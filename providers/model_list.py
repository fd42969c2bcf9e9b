"""Lists of models, in whatever shape a server gives them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from providers.reply import MalformedReplyError, WebPageError, looks_like_page, title_of

Json = dict[str, Any]

_PLACES = ("data", "models", "model_list", "items", "result")
_NAMES = ("id", "name", "model", "slug")
_PREFIX = "models/"
_NUMBERED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2066-\u2069]|.{300}")
# Servers list models of every kind; few say in a field which of them can chat.
_OTHER_KINDS = ("embedding", "embeddings", "image", "rerank", "moderation", "audio", "transcribe", "tts", "video")
_NOT_FOR_CHAT = re.compile(
    r"(^|[/_.-])(text-)?(embed\w*|rerank\w*|reranker|whisper|moderation|tts|transcribe|dall-e)([/_.-]|\d|$)"
    r"|^(gpt-image|chatgpt-image|sora|babbage|davinci|omni-moderation)|^gpt-[\w.]+-(audio|realtime)|^gpt-(audio|realtime)"
    r"|-instruct-0914$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as its server lists it; `facts` is all that was said of it."""

    id: str
    name: str
    facts: Mapping[str, Any]

    def fact(self, *path: str) -> Any:
        """Look up what was said, by its path; None where it was not."""
        value: Any = self.facts
        for step in path:
            value = cast(Json, value).get(step) if isinstance(value, dict) else None
        return value


def models_in(body: str) -> tuple[list[ListedModel], Json]:
    """Give each model once, in the server's order, and the page's other fields.

    Raises `WebPageError` or `MalformedReplyError` when the body is no list of models.
    """
    if looks_like_page(body):
        raise WebPageError(title_of(body))
    try:
        value = json.loads(body.lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError) as error:
        raise MalformedReplyError(f"no list of models: {body[:200]}") from error
    entries = _entries(value)
    if entries is None:
        raise MalformedReplyError(f"no list of models: {body[:200]}")
    listed: dict[str, ListedModel] = {}
    for model in filter(None, map(_model, entries)):
        listed.setdefault(model.id, model)
    return list(listed.values()), cast(Json, value) if isinstance(value, dict) else {}


def can_chat(model: ListedModel) -> bool:
    """Say whether a model answers in words, as far as its name and what is said of it tell."""
    chats = (model.fact("capabilities", name) for name in ("completion_chat", "chat_completion", "chat"))
    endpoints = model.fact("endpoints")
    if model.fact("type") in _OTHER_KINDS or any(can is False for can in chats):
        return False
    if (
        isinstance(endpoints, list)
        and endpoints
        and not any("chat" in str(name) for name in cast(list[Any], endpoints))
    ):
        return False
    return not _NOT_FOR_CHAT.search(model.id)


def _entries(value: Any, depth: int = 0) -> list[Any] | None:
    if isinstance(value, list):
        return cast(list[Any], value)
    if not isinstance(value, dict) or depth > 1:
        return None
    item = cast(Json, value)
    inner = (_entries(item[place], depth + 1) for place in _PLACES if isinstance(item.get(place), list | dict))
    found = next((entries for entries in inner if entries is not None), None)
    if found is None and item.get("object") == "list":
        return []  # a server without a model says `"data": null`
    return _entries_by_name(item, is_inner=depth > 0) if found is None else found


def _entries_by_name(item: Json, *, is_inner: bool) -> list[Any] | None:
    """Read an object that has a model under each name; one that is the whole body must look like it."""
    entries = [{"id": name, **cast(Json, entry)} for name, entry in item.items() if isinstance(entry, dict)]
    are_models = is_inner or all({"id", "object", "owned_by"} & cast(Json, entry).keys() for entry in item.values())
    return entries if entries and len(entries) == len(item) and are_models else None


def _model(entry: Any) -> ListedModel | None:
    if isinstance(entry, str):
        entry = {"id": entry}
    if not isinstance(entry, dict):
        return None
    facts = cast(Json, entry)
    names = [name for place in _NAMES if isinstance(name := facts.get(place), str) and name.strip()]
    # A gateway may number its models, and expect them by their names.
    name = next((name for name in names if not _NUMBERED.fullmatch(name)), names[0] if names else "")
    model_id = name.strip().removeprefix(_PREFIX)
    if not model_id or "*" in model_id or _UNSHOWABLE.search(model_id):
        return None
    shown = facts.get("display_name")
    return ListedModel(model_id, shown.strip() if isinstance(shown, str) and shown.strip() else model_id, facts)
