"""Years of recorded changes, a round a day: what a round costs, and what becomes of the database."""
import datetime
import json
import statistics
import time

import aging
from processes import measure

# Days between the samples; a sample's CPU time is the median of their rounds.
EVERY = 30
SHOWN = (30, 365, 1_825, 3_650)
# Plugins that close each day, for so many days: of that the recording says nothing.
CLOSED, CLOSED_DAYS = 3, 20
# In how many days the recorded changes are used up: 300 a day of the whole directory, with the tags that go 600 commits.
LAP = 50
FLAGS = ("--again", "--rounds", str(LAP))


class Calendar:
    """Day after day, upstream's and the stages'."""

    def __init__(self, world, slugs):
        self.world, self.slugs, self.day = world, slugs, 0
        self.preloaded = aging.library(world.folder)
        self.begun = time.time()
        aging.let_pass(world, 0, self.preloaded)

    def next(self, changes=True):
        """A day passes; the commits of it."""
        self.day += 1
        aging.let_pass(self.world, self.day * aging.DAY, self.preloaded)
        # Commits take most of a day: they begin in the morning.
        morning = datetime.datetime.fromtimestamp(self.begun + (self.day - 1) * aging.DAY + 3_600, datetime.timezone.utc)
        self.world.upstream.ask("/_sandbox/clock", {"now": f"{morning:%Y-%m-%d %H:%M:%S}"})
        if not changes:
            return 0
        for number in range(CLOSED):
            self.set(self.day, number, "close")
            self.set(self.day - CLOSED_DAYS, number, "reopen")
        return json.loads(self.world.upstream.ask("/_sandbox/replay-round", {}))["applied"]

    def set(self, day, number, command):
        if day > 0:
            self.world.upstream.ask(f"/_sandbox/{command}", {"slug": self.slugs[(day * CLOSED + number) % len(self.slugs)]})


def a_round(world):
    return measure([world.bin / "packline", "run", "--rate", "0"], world.environment, world.log, accepted=(0, 3))


def plugins(world):
    # Those that were here at the start, by their own order.
    names = world.database.query(
        "SELECT group_concat(key) FROM (SELECT key FROM packages WHERE source = 'wordpress-plugins' AND state = 'active' "
        "ORDER BY id LIMIT 1000)" if world.database.name == "SQLite" else
        "SELECT string_agg(key, ',' ORDER BY id) FROM packages WHERE source = 'wordpress-plugins' AND state = 'active' AND "
        "id < 1000")
    return names[0].split(",")


def replayed(world, table, days, show=None):
    """The table of the samples; `show` gets each as it is taken."""
    filled = a_round(world)
    calendar = Calendar(world, plugins(world))
    samples, rounds, events = {}, [], 0
    for day in range(1, days + 1):
        events += calendar.next()
        rounds.append(a_round(world))
        if day % EVERY == 0 or day in SHOWN or day == days:
            samples[day] = sample(world, rounds)
            rounds = []
            if show:
                show(f"day {day}: {json.dumps(samples[day])}")
    quiet = median_of([(calendar.next(changes=False), a_round(world))[1] for _ in range(3)])
    again = median_of([a_round(world) for _ in range(3)])
    shown = [day for day in (*SHOWN, days) if day in samples]
    shown = list(dict.fromkeys(shown))
    base = samples.get(365, samples[shown[0]])
    rows = []
    for name in base:
        values = [samples[day].get(name, 0) for day in shown]
        ratio = f"{values[-1] / base[name]:.2f}" if base[name] else ""
        rows.append([name, *(f"{value:,.3f}" if isinstance(value, float) else f"{value:,}" for value in values), ratio])
    return table(["", *(f"day {day:,}" for day in shown), f"last / day {365 if 365 in samples else shown[0]}"], rows) + (
        f"\n\n{events:,} changes in {days:,} days; filled in {filled.wall:.1f} s. A day without any change, on which everything "
        f"is looked at again, takes {quiet:.2f} s of CPU time, a round in which nothing is due {again:.2f} s.")


def median_of(rounds):
    return statistics.median(usage.cpu for usage in rounds)


def sample(world, rounds):
    first = {"CPU s of a round": median_of(rounds), "wall s": statistics.median(usage.wall for usage in rounds),
             "database MB": world.database.megabytes()}
    size = {f"{name} MB": megabytes for name, megabytes in aging.tables(world.database).items() if megabytes >= 0.5}
    return first | aging.counts(world.database) | size
