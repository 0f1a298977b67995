"""What ends up in a message by accident: placeholders, markup, source tags, a model's chatter.

The tables below are the whole of it; a new case is a new row.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import replace
from itertools import groupby

from core.content.patterns import PatternRule, at, find, row
from core.content.slips import slips
from core.models.messages import Finding, Level, TextField

_MERGE = "A merge field was left in the text, and the customer would see it as it is."
_HOLE = "A placeholder was left in the text."
_MARKUP = "Markup was left in the text; a customer sees the signs, not the formatting."
_TAG = "Sources are kept beside the text and never in it."
_CHATTER = "This is a writer speaking to an editor, not the brand speaking to a customer."

_HTML = (
    r"</?(?:a|abbr|b|big|blockquote|body|br|button|center|code|div|em|font|footer|form|h[1-6]|head|"
    r"header|hr|html|i|iframe|img|input|li|link|meta|ol|p|pre|s|script|section|small|span|strong|"
    r"style|sub|sup|svg|table|tbody|td|th|thead|title|tr|u|ul|video)\b[^<>]{0,300}/?>|<!--|-->|<!doctype"
)

_MERGE_FIELDS = tuple(
    row("merge_field", Level.BLOCK, pattern, _MERGE)
    for pattern in (
        r"\{\{[^{}\n]{0,200}\}\}",
        r"\{%[^%\n]{0,200}%\}|\{#[^#\n]{0,200}#\}",
        r"%%[^%\s][^%\n]{0,80}%%",
        r"\*\|[^|\n]{1,80}\|\*",
        r"[$#]\{[^{}\n]{0,200}\}",
        r"<%[^%\n]{0,200}%>",
        r"%\(\w{1,60}\)[sd]",
        r"(?<![\w%])%[a-z_]{3,40}%(?!\w)",
        r"\{[^{}\n]{0,200}\}",
        r"\{\{|\}\}|\{%|%\}|[{}]",
    )
)
_SOURCE_TAGS = tuple(
    row("source_tag", Level.BLOCK, pattern, _TAG)
    for pattern in (
        r"[(\[]?\b(?:sources?|references?|citations?|ref)\s*:\s?[^\s)\]]*[)\]]?",
        r"\[\^?\d{1,3}(?:\s*[,-]\s*\d{1,3})*\]",
        r"\u3010[^\u3010\u3011\n]{0,80}\u3011",
        r"[(\[]\s*(?:doc|document|passage|source|ref)\b[^()\[\]\n]{0,60}[)\]]",
        r"[(\[]\s*see\s+(?:doc\w*|passage|source|ref|\[?\d|(?-i:[A-Z]{2,5}-))[^()\[\]\n]{0,60}[)\]]",
        r"[(\[](?-i:[A-Z]{2,5}(?:-[A-Z])?-\d{2,5})(?:[@#,;\s][^()\[\]\n]{0,40})?[)\]]",
        r"\b(?:document|doc|passage|source|chunk)[_-]?id\b|\bdoc[_-]?\d{1,5}\b",
        r"\b(?:passage|document|chunk)\s+(?:no\.?\s*|#\s*)?\d{1,4}\b",
        r"\b(?:according|pursuant)\s+to\s+(?:the\s+)?(?:documents?|passages?|sources?|context)\b",
        r"\b(?:provided|given|above|retrieved)\s+(?:context|passages?|documents?|sources?)\b",
        r"[(\[](?:sources?|citation|reference)[)\]]",
    )
)
_MARKUPS = tuple(
    row("markup", Level.BLOCK, pattern, _MARKUP)
    for pattern in (
        _HTML,
        r"&(?:[a-z]{2,10}|#\d{2,6}|#x[0-9a-f]{2,6});",
        r"!?\[[^\[\]\n]{0,200}\]\([^()\n]{0,300}\)",
        r"\*{2,}|(?<!\w)_{2}(?=\w)|(?<=\w)_{2}(?!\w)|~~",
        r"`+",
        r"^[ \t]{0,3}#{1,6}(?=[ \t\w])",
        r"^[ \t]*(?:[-*+\u2022\u00b7\u25cf\u25aa]|[-\u2013\u2014]{1,2})[ \t]+(?=\S)",
        r"^[ \t]*>[ \t]",
        r"^[ \t]*(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*$",
        r"(?<![\w*])\*(?=[^\s*])[^*\n]{1,120}(?<=[^\s*])\*(?![\w*])",
        r"(?<![\w_])_(?=[^\s_])[^_\n]{1,120}(?<=[^\s_])_(?![\w_])",
        r"^\|.*\|[ \t]*$",
        r"^[ \t]*1[.)][ \t]+\S[^\n]*(?=\n+[ \t]*2[.)][ \t]+\S)",
        r"\\[nt](?!\w)|\\[*_#]",
    )
)
_PLACEHOLDERS = tuple(
    row("placeholder", Level.BLOCK, pattern, _HOLE)
    for pattern in (
        r"\[[^\[\]\n]{0,120}\]",
        r"<[a-z][\w '-]{0,60}>",
        r"\bX{3,}\b(?!-)|(?<!\w)_{3,}(?!\w)|\?{3,}",
        r"\b(?-i:TBD|TBC|TBA|TODO|FIXME|N/A)\b",
        r"\blorem\s+ipsum\b(?:\s+dolor)?",
        r"\binsert\s+(?:your\s+|the\s+|an?\s+)?(?:\w+\s+){0,2}(?:here|below)\b",
        (
            r"\binsert\s+(?:your\s+|the\s+|an?\s+)?(?:first\s+|customer\s+|brand\s+|company\s+|product\s+)?"
            r"(?:name|product|offer|date|price|discount|link|code|company|brand|url|image|detail)s?\b"
        ),
        (
            r"\b(?:your|customer|company|brand|product|recipient|sender|first|last)[ _]"
            r"(?:first[ _]|last[ _])?name\s+here\b"
        ),
        r"\b(?:(?:first|last|full|customer|user|company|brand|product)_name|placeholder)\b",
        r"^(?:hi|hello|hey|dear|good\s+(?:morning|afternoon|evening))\s+(?=[,!])[,!]|^dear,",
        r"(?<!\w)(?-i:undefined|NaN|null|None,)(?!\w)|(?<=\$)NaN\b",
        r"(?<=\$)X[X.]+\b|\bX{1,3}(?=\s?%)|\bX{2,}\b(?=-X)|(?-i:\b[A-Z]+_HERE\b)",
        r"\b(?-i:DD|MM|YYYY)(?:[/.-](?:DD|MM|YYYY)){1,2}\b",
        r"\b(?:https?://)?(?:www\.)?(?:example\.(?:com|org|net)|your(?:web)?site\.\w+|domain\.com)\b",
        r"[\[\]]",
    )
)
_CHATTERS = tuple(
    row("chatter", Level.BLOCK, pattern, _CHATTER)
    for pattern in (
        r"\bas\s+an?\s+(?:ai|artificial\s+intelligence|(?:large\s+)?language\s+model|assistant)\b",
        r"\bI(?:['\u2019]m|\s+am)\s+(?:an?\s+)?(?:ai|(?:large\s+)?language\s+model|unable\s+to|sorry,?\s+but)\b",
        r"\bI\s+(?:cannot|can['\u2019]t|won['\u2019]t)\s+(?:assist|help|fulfil|comply|provide|write|create)\w*",
        (
            r"\bhere(?:['\u2019]s|\s+is|\s+are)\s+(?:your|an?|the|my|some|two|three)\s+(?:\w+\s+){0,3}"
            r"(?:e-?mail|message|draft|version|copy|subject|variant|text|response|output|json)s?\b"
        ),
        r"\A\s*(?:(?:certainly|sure(?:\s+thing)?)\s*[!,.:]|(?:of\s+course|absolutely|okay|ok|got\s+it)\s*!)",
        (
            r"^(?:subject(?:\s+line)?|pre-?header|body|tone|variant|segment|draft|version)"
            r"(?:\s+\d+)?\s*:"
        ),
        (
            r"\b(?:let\s+me\s+know\s+if\s+you(?:['\u2019]d|\s+would)\s+like|would\s+you\s+like\s+me\s+to|"
            r"feel\s+free\s+to\s+(?:adjust|edit|modify|customi[sz]e|tweak))\b"
        ),
        r"\bi\s+hope\s+this\s+(?:e-?mail|message|helps|finds)\b",
        r"\b(?:as\s+(?:you\s+)?requested|per\s+your\s+(?:request|instructions))\b",
        r"\(?\bword\s+count\b|\b\d+\s+words\)",
        r"\b(?:this|the)\s+(?:e-?mail|message|draft)\s+(?:is|was)\s+(?:written|generated|tailored)\b",
        (
            r"\AGreat\s+question\s*!|\bmy\s+knowledge\s+(?:does|cut)|\bas\s+of\s+my\s+last\s+update\b|"
            r"^note:\s+I\s+\w+"
        ),
        r"<\|?[a-z_]{2,20}\|?>|</?s>|\bend\s+of\s+(?:e-?mail|message|draft)\b",
    )
)
_STYLE = (
    row("style", Level.NOTE, r"[!?]{2,}", "One mark is enough; several read as shouting."),
    row("style", Level.NOTE, r"\.{4,}|,{2,}|;{2,}|:{2,}", "Punctuation is repeated."),
)
_CAPITALS = PatternRule(
    "all_capitals",
    Level.REVIEW,
    re.compile(r"(?<![\w-])[A-Z]{4,}(?![\w-])|(?<![\w-])[A-Z]{2,}(?:[ ]+[A-Z]{2,})+(?![\w-])"),
    "Words in capitals read as shouting.",
)
_HIDDEN = row(
    "hidden_character",
    Level.BLOCK,
    r"(?!)",
    "A character that cannot be seen stands here; it can hide words or break the message.",
)
_MIXED = PatternRule(
    "hidden_character",
    Level.BLOCK,
    re.compile(r"\w+"),
    "This word mixes letters of two scripts, which can hide what it says.",
)
# Letters made for mathematics or for East Asian lines, and Cyrillic words that look Latin.
_DISGUISED = re.compile(
    "[\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff]+|"
    r"\b[\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458]{2,}\b"
)
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")


def accidents(
    text: str,
    field: TextField,
    *,
    capitals: Collection[str] = (),
    names: Collection[str] = (),
    document_ids: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Everything accidental in one part of a message.

    Args:
        text: the part.
        field: which part it is; a line break belongs in a body only.
        capitals: words that may be written in capitals, such as offer codes.
        names: how the brand is written.
        document_ids: names of documents, which must not appear in customer text.
    """
    blocking = (*_MERGE_FIELDS, *_SOURCE_TAGS, *_MARKUPS, *_PLACEHOLDERS)
    # One place is reported once, by the first table that knows it; chatter is a whole phrase.
    return (
        *find(blocking, text, field),
        *find(_CHATTERS, text, field),
        *_named(text, field, document_ids),
        *_shouted(text, field, frozenset(capitals)),
        *_hidden(text, field),
        *find(_STYLE, text, field),
        *slips(text, field, names=names),
    )


def _named(text: str, field: TextField, document_ids: Collection[str]) -> tuple[Finding, ...]:
    # A plain word such as "returns" may name a document and still be a word of the message.
    telling = [re.escape(d) for d in document_ids if re.search(r"[\d_]", d)]
    if not telling:
        return ()
    pattern = rf"(?<![\w-])(?:{'|'.join(sorted(telling, key=len, reverse=True))})(?!\w)"
    return find((row("source_tag", Level.BLOCK, pattern, _TAG),), text, field)


def _shouted(text: str, field: TextField, allowed: frozenset[str]) -> tuple[Finding, ...]:
    found = (
        f
        for f in find((_CAPITALS,), text, field)
        if not all(word in allowed for word in f.text.split())
    )
    # A whole subject in capitals is no emphasis any more.
    whole = field is not TextField.BODY and text.isupper() and len(text.split()) > 1
    return tuple(replace(f, level=Level.BLOCK) if whole else f for f in found)


def _hidden(text: str, field: TextField) -> tuple[Finding, ...]:
    breaks = "\n\t" if field is TextField.BODY else ""
    found = []
    places = ((i, _cannot_be_seen(text, i, breaks)) for i in range(len(text)))
    for hidden, run in groupby(places, key=lambda place: place[1]):
        indexes = [i for i, _ in run]
        if hidden:
            found.append(at(_HIDDEN, text, field, indexes[0], indexes[-1] + 1))
    disguised = (m for m in _DISGUISED.finditer(text))
    found += [at(_MIXED, text, field, *m.span()) for m in disguised]
    mixed = (m for m in _MIXED.pattern.finditer(text) if not m.group().isascii())
    found += [at(_MIXED, text, field, *m.span()) for m in mixed if _is_mixed(m.group())]
    return tuple(found)


def _cannot_be_seen(text: str, index: int, allowed: str) -> bool:
    character = text[index]
    if character in allowed or (character == "\r" and text[index + 1 : index + 2] == "\n"):
        return bool(not allowed)
    if character == "\u200d" and index and unicodedata.category(text[index - 1]) in {"So", "Mn"}:
        return False  # the joiner inside an emoji
    return unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"} or (
        character == "\ufffd"
    )


def _is_mixed(word: str) -> bool:
    names = {unicodedata.name(c, "").split(" ")[0] for c in word if c.isalpha()}
    return len(names.intersection(_SCRIPTS)) > 1
