"""A worker is dead when its count stands still, measured by a clock of our own."""

from core.orchestrator.roster import Sightings


class Watch:
    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at


def looks(*seen):
    """What one observer finds, look by look: (seconds since the last look, counts)."""
    watch = Watch()
    sightings = Sightings(15.0, watch)
    found = []
    for seconds, beats in seen:
        watch.at += seconds
        found.append(sightings.still(beats))
    return found


def test_a_count_that_goes_on_is_alive_and_one_that_stands_still_is_not():
    found = looks(*((2.5, {"a": n, "b": 7}) for n in range(8)))
    assert found[:6] == [{}] * 6
    assert found[6:] == [{"b": 7}, {"b": 7}]


def test_somebody_new_is_given_the_whole_time():
    found = looks(*[(5.0, {})] * 3, *[(5.0, {"new": 0})] * 4)
    assert found[-2:] == [{}, {"new": 0}]


def test_who_was_away_itself_knows_nothing_of_the_others():
    # The database was gone for a minute: nobody could count on, and nobody is dead of it.
    found = looks((2.5, {"a": 1}), (60.0, {"a": 1}), (2.5, {"a": 2}))
    assert found == [{}, {}, {}]


def test_a_name_that_comes_back_begins_anew():
    found = looks(*[(5.0, {"a": 1})] * 2, (5.0, {}), *[(5.0, {"a": 1})] * 3)
    assert found == [{}] * 6
