"""The heart: asking, runs, their logs and their followers, in plain asyncio without Reflex or a database driver."""
