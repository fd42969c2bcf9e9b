"""How the page is put into files."""

import pytest

from components.bundling import bundled

CONFIG = """export default defineConfig((config) => ({
  build: {
    rollupOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              test: /env.json/,
              name: "reflex-env",
            },
          ],
        },
      },
    },
  },
}));
"""


def test_each_wish_is_said_once() -> None:
    once = bundled(CONFIG)
    for wish in ('worker: { format: "es" }', 'name: "packages"', 'name: "icons"', 'name: "reflex-env"'):
        assert once.count(wish) == 1
    assert bundled(once) == once


@pytest.mark.parametrize("anchor", ["  build: {\n", "          groups: [\n"])
def test_a_form_that_is_not_known_is_said_plainly(anchor: str) -> None:
    with pytest.raises(ValueError, match="Reflex has changed it"):
        bundled(CONFIG.replace(anchor, ""))
