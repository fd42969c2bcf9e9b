"""Finding an Ollama that runs on this computer, or where its address says."""

from typing import TYPE_CHECKING

import httpx2

from providers.http_client import Timeouts, build_http_client, is_loopback

if TYPE_CHECKING:
    from providers.openai_compatible import OpenAICompatibleProvider

DEFAULT_URL = "http://127.0.0.1:11434"
PROBE_SECONDS = 0.5


def build_ollama(base: str = DEFAULT_URL, timeouts: Timeouts | None = None) -> "OpenAICompatibleProvider":
    """Build the provider for the Ollama at `base`, whether it runs or not."""
    from providers.openai_compatible import OpenAICompatibleProvider

    where = "on this computer" if is_loopback(base) else f"at {httpx2.URL(base).host}"
    url = f"{base.rstrip('/')}/v1"
    return OpenAICompatibleProvider(None, url, name="ollama", label="Ollama", runs_where=where, timeouts=timeouts)


async def is_ollama_running(base: str = DEFAULT_URL) -> bool:
    """Ask for its version; silence for half a second counts as no."""
    timeouts = Timeouts(connect_seconds=PROBE_SECONDS, silence_seconds=PROBE_SECONDS)
    try:
        async with build_http_client(base, timeouts) as client:
            response = await client.get(f"{base.rstrip('/')}/api/version")
            return response.is_success and "version" in response.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return False


async def find_ollama(base: str = DEFAULT_URL) -> "OpenAICompatibleProvider | None":
    """Give a provider for the Ollama at `base` if one answers there; the caller closes it."""
    return build_ollama(base) if await is_ollama_running(base) else None
