"""The heart: runs, events and their bus, in plain asyncio without Reflex or a database driver."""
