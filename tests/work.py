"""Work counted in calls, not in seconds: the same on every machine."""

import sys


def steps(function, text):
    """Return how many calls and returns a function makes on a text."""
    count = 0

    def tick(*_):
        nonlocal count
        count += 1

    sys.setprofile(tick)
    try:
        function(text)
    finally:
        sys.setprofile(None)
    return count
