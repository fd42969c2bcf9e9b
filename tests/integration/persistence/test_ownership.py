"""One process a database, and a sentence for the second."""

import os

import pytest

from app.persistence.database import Database
from app.persistence.errors import DatabaseInUse
from app.persistence.ownership import owning


async def test_a_second_owner_is_refused_and_told_who_the_first_is(unmigrated: Database) -> None:
    address = unmigrated.address
    async with owning(address):
        with pytest.raises(DatabaseInUse, match=f"process {os.getpid()}") as refused:
            async with owning(address, wait_seconds=0.2):
                pass
        assert str(address) in refused.value.sentence
    async with owning(address, wait_seconds=10):
        pass


async def test_an_owner_that_fails_lets_go(unmigrated: Database) -> None:
    for _ in range(2):
        with pytest.raises(KeyError):
            async with owning(unmigrated.address, wait_seconds=10):
                raise KeyError
