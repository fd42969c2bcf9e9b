"""A database with a year of a million answers, and how long the analytics take over it."""

import asyncio
import json
import random
import resource
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.monitoring.facts import AnswerFacts
from app.monitoring.periods import Period
from app.monitoring.prometheus import Exposition
from app.monitoring.report import LAST, last
from app.monitoring.tally import Tally
from app.persistence.database import Database
from app.persistence.usage import UsageRepository
from app.persistence.users import UserRepository
from app.services.analytics import Analytics
from app.services.usage import Usage
from app.streaming.store import StreamingStatus

COUNT = 1_000_000
PEOPLE = 200
MODELS = tuple(f"model-{number}" for number in range(5))
STAMP = "%Y-%m-%d %H:%M:%S.%f"


def answer(chance: random.Random) -> AnswerFacts:
    is_failed = chance.random() < 0.03
    first = chance.lognormvariate(6, 1)
    measures = {
        "first_character_ms": round(first),
        "duration_ms": round(first + chance.lognormvariate(8.5, 0.8)),
        "characters": chance.randrange(50, 8_000),
        "characters_per_second": round(chance.lognormvariate(5, 0.6), 1),
        "longest_gap_ms": round(chance.lognormvariate(5, 1)),
        "input_tokens": chance.randrange(20, 9_000),
        "output_tokens": chance.randrange(10, 2_000),
    }
    status = StreamingStatus.FAILED if is_failed else StreamingStatus.COMPLETE
    model, failure = chance.choice(MODELS), "overloaded" if is_failed else ""
    return AnswerFacts("openai", model, status, "streamed", failure=failure, measures=measures)


def fill(file: Path, user_id: str, now: datetime) -> None:
    chance, usage = random.Random(1), dict[tuple[Period, datetime, str], Tally]()
    rows: list[tuple[object, ...]] = []
    for number in range(COUNT):
        moment = now - timedelta(days=364) * chance.random()
        facts = answer(chance)
        for period in Period:
            usage.setdefault((period, period.start_of(moment), facts.model), Tally()).add(facts.tally())
        rows.append(
            (
                f"{number:032x}", user_id, "c", "m", moment.strftime(STAMP), "openai", facts.model, facts.status.value,
                "streamed", "", "", facts.failure, "[]", "", facts.measures["first_character_ms"],
                json.dumps(facts.measures), 1,
            )
        )  # fmt: skip
    with closing(sqlite3.connect(file)) as database, database:
        database.executemany(f"INSERT INTO run_facts VALUES ({', '.join('?' * 17)})", rows)
        database.executemany(
            "INSERT INTO usage VALUES (?, ?, 'openai', ?, ?)",
            [
                (period, start.strftime(STAMP), model, json.dumps(tally.to_json()))
                for (period, start, model), tally in usage.items()
            ],
        )
        days = {(now - timedelta(days=number)).strftime("%Y-%m-%d 00:00:00.000000") for number in range(364)}
        used = json.dumps({"answers": 14, "mode:streamed": 14, "pause": 1, "read as it comes": 13})
        people = [(day, f"person {number}", used) for day in days for number in range(PEOPLE)]
        database.executemany("INSERT INTO user_day VALUES (?, ?, ?)", people)


async def measure() -> None:
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rivulet.db"
        database = Database(f"sqlite:///{file}")
        await database.upgrade()
        user = await UserRepository(database).local_user()
        await asyncio.to_thread(fill, file, user.id, now)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        analytics = Analytics(Usage(UsageRepository(database), Exposition(), 90), Path(folder))
        print(f"{COUNT:,} answers in a year, {file.stat().st_size / 2**20:,.0f} MB")
        for name in LAST:
            begun = time.perf_counter()
            analysis = await analytics.of(last(name, datetime.now(UTC)))
            took = time.perf_counter() - begun
            print(f"{name:10}{analysis.report.whole.counts['answers']:>12,} answers{took * 1000:>8.0f} ms", flush=True)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"memory grown by at most {grown:.0f} MB")
        await database.aclose()


if __name__ == "__main__":
    asyncio.run(measure())
