"""The server and the page find the same code blocks in a text: a fragment is the block that the reader sees."""

import json
import random
from pathlib import Path

import pytest

from app.fragments.extraction import blocks_of
from tests.e2e.hostile_texts import HOSTILE
from tests.prose.test_prose import bun
from tests.unit.fragments.test_extraction import CASES, PIECES


def random_texts(seed: int, count: int) -> list[str]:
    draw = random.Random(seed)
    return [
        "\n".join("".join(draw.choices([*PIECES, "```", "text ", "$$"], k=draw.randrange(5))) for _ in range(12))
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    "texts",
    [[text for text, _ in CASES], [str(text) for text in HOSTILE], random_texts(1, 20_000)],
    ids=["cases", "hostile texts", "random texts"],
)
def test_server_and_page_find_the_same_blocks(texts: list[str], tmp_path: Path) -> None:
    file = tmp_path / "texts.json"
    file.write_text(json.dumps(texts))
    for text, found in zip(texts, bun("fences.js", str(file)), strict=True):
        seen = [{"place": one.place, "info": one.info, "isClosed": one.is_closed} for one in blocks_of(text)]
        assert seen == found, text
