"""The words of a query that are worth looking for."""

import re

from core.content.language import COMMON_WORDS

# More words than this in one query say nothing more, and engines limit the depth of a query.
_MOST_WORDS = 100
_WORD = re.compile(r"\w+")


def words_of(query: str) -> list[str]:
    """The words of a query in small letters, without those that stand in every text.

    Examples:
        >>> words_of("The coat (and a hat)")
        ['coat', 'hat']
    """
    every = list(dict.fromkeys(word.lower() for word in _WORD.findall(query)))
    # "The" stands in every passage: it ranks none above another and takes most of the time.
    return ([word for word in every if word not in COMMON_WORDS["en"]] or every)[:_MOST_WORDS]
