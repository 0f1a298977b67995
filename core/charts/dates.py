"""How a day is written, everywhere."""

from datetime import date


def day_words(day: date) -> str:
    """A day as people write it, with its month in letters.

    Examples:
        >>> day_words(date(2026, 12, 6))
        '6 December 2026'
    """
    return f"{day.day} {day:%B %Y}"
