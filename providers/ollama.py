"""Finding an Ollama that runs on this computer, or where its address says."""

import httpx2

from providers.http_client import Timeouts, build_http_client

DEFAULT_URL = "http://127.0.0.1:11434"
PROBE_SECONDS = 0.5


async def is_ollama_running(base: str = DEFAULT_URL) -> bool:
    """Ask for its version; silence for half a second counts as no."""
    timeouts = Timeouts(connect_seconds=PROBE_SECONDS, silence_seconds=PROBE_SECONDS)
    try:
        async with build_http_client(base, timeouts) as client:
            response = await client.get(f"{base.rstrip('/')}/api/version")
            return response.is_success and "version" in response.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return False
