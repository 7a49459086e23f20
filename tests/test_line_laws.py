"""Laws of the line, on generated questions and texts: what is printed is read as it was meant, whoever decodes it."""

import re
import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import TypeVar, get_args
from urllib.parse import parse_qsl, quote, urlencode

import yaml
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from semantic.line import LOOK, canonicalise, print_line, print_pairs, read_line, read_pairs
from semantic.line_values import AGES, CHANGES, FORMS, MODIFIERS, RETENTIONS, print_metric, print_term
from semantic.question import (
    Between,
    Compare,
    Contains,
    Equals,
    Filter,
    IsNull,
    Journey,
    MetricAsk,
    Modifier,
    Order,
    PersonalSegment,
    Question,
    Relative,
    Slice,
    Term,
    Top,
    Unit,
    Within,
)

T = TypeVar("T")
LAW = settings(max_examples=100, deadline=None)

# Texts that something on the way could take for its own: the line's grammar, the URL, a terminal, a chat, Unicode.
SIGNS = (",", '"', "..", "~", "!", "&", "+", "%41", " ", "\n", "😀", "שלום", "שלום", "!")
PIECES = (
    *SIGNS,
    *(".", ":", "full", "=", "%", "#", "?", ";", "/", "\\", "<", "|", "(", ")", "'", "`", "_", "*", "-", "\t", "\x7f"),
    *("\u00a0", "\u2028", "\ufeff", "\u202e", "\ufffe", "\U0010ffff", "👩\u200d🚀", "é", "e\u0301", "a", "18", "null"),
)
TEXTS = ("", *PIECES, *(f"{a}{b}" for a in SIGNS for b in PIECES), *(f"{a}b{c}" for a in PIECES for c in SIGNS))
NAMES = ("a", "b", "c", "rate", "weekday", "Город", "दिल्ली", "m²", "_1", "full", "previous", "year")
ZONES = ("UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Etc/GMT+5")
WITHOUT_ARGUMENT = tuple(name for name in MODIFIERS if name not in (*CHANGES, "share"))


def some(items: st.SearchStrategy[T], least: int = 0, most: int = 3) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(items, min_size=least, max_size=most).map(lambda several: tuple(several))


texts = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
names = st.sampled_from(NAMES)
dimensions = st.sampled_from([*NAMES, *NAMES, *(f"{name}{end}" for name in NAMES for end in (".month", "@now"))])
modifiers = st.one_of(
    st.builds(Modifier, st.sampled_from(WITHOUT_ARGUMENT)),
    st.builds(Modifier, st.sampled_from(CHANGES), st.none() | st.sampled_from(FORMS)),
    st.builds(Modifier, st.just("share"), st.none() | dimensions),
)
metrics = st.builds(MetricAsk, names, some(modifiers, most=2))
journeys = st.one_of(
    st.builds(Journey, st.just("funnel"), some(names, 1, 1)),
    st.builds(
        Journey,
        st.just("cohort"),
        some(names, 1, 1),
        st.tuples(st.sampled_from(["", *AGES]), st.sampled_from(["", *RETENTIONS])).map(
            lambda two: tuple(filter(None, two))
        ),
    ),
    st.builds(
        Journey,
        st.just("flow"),
        some(dimensions, 1, 1),
        st.just(()) | st.tuples(names, st.builds("{}{}".format, st.integers(1, 10_000), st.sampled_from("dwmqyh"))),
    ),
    st.builds(Journey, st.just("overlap"), some(names, 1), st.sampled_from([(), ("pairs",)])),
)
terms: st.SearchStrategy[Term] = st.one_of(
    st.builds(Equals, texts),
    st.just(IsNull()),
    st.builds(Contains, texts),
    st.builds(Within, texts, st.none() | texts),
    st.builds(Within, st.none(), texts),
)
filters = st.lists(
    st.builds(Filter, dimensions, some(terms, 1, 4), st.booleans()), max_size=3, unique_by=lambda one: one.dimension
)
personal = st.lists(
    st.builds(PersonalSegment, names, filters.filter(bool).map(tuple)), max_size=2, unique_by=lambda one: one.name
)
spans = st.tuples(st.dates(), st.dates()).map(lambda ends: Between(min(ends), max(ends)))
relatives = st.builds(
    Relative,
    st.sampled_from(["last", "previous", "this"]),
    st.just(1) | st.integers(1, 10_000),
    st.sampled_from(get_args(Unit)),
)
periods = st.one_of(
    relatives,
    spans,
    st.dates().map(lambda day: Between(day, day)),
    st.builds(Between, st.none(), st.dates()),
    st.builds(Between, st.dates(), st.none()),
)
slices = st.builds(Slice, dimensions, st.one_of(st.builds(Equals, texts | st.just("full")), st.just(IsNull())))
# Hypothesis favours what it has drawn before, so that what is rare by chance is rarer still: slices are half of all.
compares = st.one_of(
    *[st.builds(Compare, slices, st.booleans())] * 5,
    st.builds(Compare, st.sampled_from(["previous", "year"]) | spans, st.booleans()),
    st.none(),
)
columns = st.one_of(
    dimensions,
    st.tuples(
        metrics.map(lambda metric: print_metric(canonicalise(Question((metric,))).metrics[0])),
        st.sampled_from(["", "@compare", "@change"]),
    ).map("".join),
)
questions = st.builds(
    replace,
    st.builds(Question, metrics=some(metrics)) | st.builds(Question, journey=journeys),
    by=some(dimensions),
    segments=some(names),
    personal=personal.map(tuple),
    filters=filters.map(tuple),
    period=st.none() | periods,
    compare=compares,
    top=st.none() | st.builds(Top, st.integers(1, 1_000), st.none() | metrics),
    order=some(st.builds(Order, columns, st.booleans())),
    limit=st.none() | st.integers(1, 1_000_000),
    totals=st.booleans(),
    rows=st.none() | st.integers(1, 100_000),
    page=st.just(1) | st.integers(1, 100_000),
    columns=some(dimensions),
    timezone=st.none() | st.sampled_from(ZONES),
    look=st.dictionaries(st.sampled_from(LOOK), texts, max_size=2).map(lambda look: tuple(look.items())),
)
lines = st.one_of(
    st.text(st.characters(), max_size=30),  # with halves of characters, which the other texts here lack
    st.lists(
        st.sampled_from(
            [
                *(*PIECES, "&", "&", "=", "%25", "%2C", "%ff", "\0", "\ud800", "embed=", "chart=", "limit="),
                *("metric=", "a~yoy", "(delta)", "by=", "segment.a=", "&x=", "&y=!", "flow=", "top=3:", "order=-"),
                *("period=", "compare=", "2024-01-01..", "last-3-", "this-", "months"),
            ]
        ),
        max_size=12,
    ).map("".join),
)

TEXT_HAZARDS = {
    "comma": ",",
    "ampersand": "&",
    "quote": '"',
    "line break": "\n",
    "emoji": "😀|👩",
    "from right to left": "[\u0590-\u06ff]",
    "two dots": r"\.\.",
    "tilde in front": r"\A~",
    "exclamation mark in front": r"\A!",
    "dot at an end": r"\A\.|\.\Z",
    "plus": r"\+",
    "percent-encoded": "%41",
    "space at an end": r"\A | \Z",
    "invisible": "[\u00a0\u2028\ufeff\u202e]",
    "nothing": r"\A\Z",
}
FILTER_HAZARDS = {"NULL", "NULL in a list", "range", "open range", "contained", "negated"}
HAZARDS = {*TEXT_HAZARDS, *FILTER_HAZARDS, "personal segment", "journey", "slice", "not canonical"}


def test_generators_meet_the_hazards() -> None:
    """Every twentieth question, at the least, has each of what a line could trip over.

    Within a run hypothesis repeats what it has drawn, so several runs are counted together.
    """
    met: Counter[str] = Counter()
    for run in range(5):

        @settings(max_examples=200, deadline=None, database=None, phases=[Phase.generate])
        @seed(run)
        @given(questions)
        def count(question: Question) -> None:
            met.update({"question", *find_hazards(question)})

        count()
    assert met["question"] == 1000
    assert not {name: met[name] for name in HAZARDS if met[name] < 50}


def find_hazards(question: Question) -> set[str]:
    asked = [*question.filters, *(one for segment in question.personal for one in segment.filters)]
    present = {
        "personal segment": bool(question.personal),
        "journey": question.journey is not None,
        "slice": question.compare is not None and isinstance(question.compare.with_, Slice),
        "not canonical": canonicalise(question) != question,
        "negated": any(one.negated for one in asked),
        "NULL in a list": any(IsNull() in one.terms and len(set(one.terms)) > 1 for one in asked),
    }
    found = {name for name, there in present.items() if there}
    for term in (term for one in asked for term in one.terms):
        held: tuple[str, ...] = ()
        match term:
            case IsNull():
                found.add("NULL")
            case Equals(text):
                held = (text,)
            case Contains(text):
                found.add("contained")
                held = (text,)
            case Within(low, high):
                found.add("open range" if low is None or high is None else "range")
                held = tuple(end for end in (low, high) if end is not None)
        found |= {name for name, pattern in TEXT_HAZARDS.items() for text in held if re.search(pattern, text)}
    return found


@LAW
@given(questions)
def test_what_is_printed_is_read(question: Question) -> None:
    line, pairs, meant = print_line(question), print_pairs(question), canonicalise(question)
    assert read_line(line) == (meant, ())
    assert read_line(f"http://localhost:8501/Explore?{line}") == (meant, ())
    assert read_pairs(pairs) == (meant, ())
    assert (print_line(meant), print_pairs(meant), canonicalise(meant)) == (line, pairs, meant)


@LAW
@given(questions)
def test_every_decoder_reads_the_same(question: Question) -> None:
    """The line as it is, as a browser sends it on, and encoded anew from the pairs, all decode to the pairs."""
    line, pairs = print_line(question), print_pairs(question)
    sent = quote(line, safe="".join(set(string.punctuation) - set("\"'<>#")))
    for text in (line, sent, urlencode(pairs)):
        assert parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict") == pairs


@LAW
@given(questions)
def test_line_survives_a_paste(question: Question) -> None:
    """It is one word without anything invisible, which neither a chat nor a mail cuts short nor YAML takes for more."""
    line = print_line(question)
    assert line.split() == ([line] if line else [])
    assert all(c.isprintable() or c in "\u200c\u200d" for c in line)
    assert not re.search(r"[<>\\^`{|}]|[?!.,:;*_~'\"]\Z", line)
    assert not line.endswith(")") or line.count(")") <= line.count("(")
    assert yaml.safe_load(f"line: {line}") == {"line": line or None}


@LAW
@given(questions)
def test_line_is_readable(question: Question) -> None:
    """Letters and digits of any script stand as themselves, and so do all signs that mean nothing on the way."""
    line = print_line(question)
    text = "".join(f"{key}={value}" for key, value in print_pairs(question))
    assert set(filter(str.isalnum, text)) <= set(line)
    for sign in ",:/\"'=~!?;*()😀":
        assert line.count(sign) >= text.count(sign) - 1, sign  # less the one at the line's end


@LAW
@given(questions, st.randoms(use_true_random=False))
def test_one_question_has_one_line(question: Question, random: Random) -> None:
    """What has no order may come in any, and twice; of what has one, the first counts."""

    def mix(things: Iterable[T]) -> tuple[T, ...]:
        several = list(things)
        random.shuffle(several)
        return tuple(several)

    def mix_filters(asked: Iterable[Filter]) -> tuple[Filter, ...]:
        return mix(replace(one, terms=mix(one.terms * 2)) for one in asked)

    other = replace(
        question,
        metrics=question.metrics * 2,
        by=question.by * 2,
        segments=mix(question.segments * 2),
        personal=mix(replace(one, filters=mix_filters(one.filters)) for one in question.personal),
        filters=mix_filters(question.filters),
        order=question.order + tuple(replace(one, descending=not one.descending) for one in question.order),
        look=mix(question.look),
    )
    line = print_line(question)
    assert print_line(other) == line
    assert read_line("&".join(mix(line.split("&")))) == (canonicalise(question), ())


@LAW
@given(questions)
def test_canonical_means_the_same(question: Question) -> None:
    meant = canonicalise(question)
    for asked, settled in [(question.filters, meant.filters)] + [
        (one.filters, other.filters) for one in question.personal for other in meant.personal if other.name == one.name
    ]:
        assert {(one.dimension, frozenset(one.terms), one.negated) for one in settled} == {
            (one.dimension, frozenset(one.terms), one.negated) for one in asked
        }
    assert [one.name for one in meant.personal] == sorted(one.name for one in question.personal)
    assert (meant.by, set(meant.segments)) == (tuple(dict.fromkeys(question.by)), set(question.segments))
    assert [one.name for one in meant.metrics[:1]] == [one.name for one in question.metrics[:1]]
    assert {one.name for one in meant.metrics} == {one.name for one in question.metrics}
    assert (meant.order[:1], dict(meant.look)) == (question.order[:1], dict(question.look))
    same = ("limit", "totals", "rows", "timezone")
    assert [getattr(meant, name) for name in same] == [getattr(question, name) for name in same]


@settings(LAW, max_examples=400)
@given(texts, st.booleans())
def test_quotes_only_where_they_must_be(text: str, negated: bool) -> None:
    """A text is printed in quotes exactly where, without them, it would be read as something else."""
    for place, term, bare in (
        (0, Equals(text), text),
        (1, Equals(text), text),
        (0, Contains(text), f"~{text}"),
        (0, Within(text, None), f"{text}.."),
        (1, Within(text, None), f"{text}.."),
        (0, Within(None, text), f"..{text}"),
        (0, Within(text, "18"), f"{text}..18"),
        (0, Within("18", text), f"18..{text}"),
    ):
        front = "!" * negated + "front," * place
        meant = canonicalise(Question(filters=(Filter("x", (*[Equals("front")] * place, term), negated),)))
        printed = print_term(term, first=not place)
        assert read_pairs([("x", front + printed)]) == (meant, ())
        assert (printed == bare) == (read_pairs([("x", front + bare)]) == (meant, ()))


@settings(LAW, max_examples=400)
@given(lines)
def test_any_text_is_answered(text: str) -> None:
    """What is wrong is told in one line of sound text; what is left is a question that has a line."""
    question, problems = read_line(text)
    assert all(str(problem).isprintable() and problem.part for problem in problems)
    line = print_line(question)
    assert read_line(line) == (question, ())


@settings(LAW, max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from(["metric", "by", "period", "order", "segment.a", "x", "y@now"]) | texts, texts))
)
def test_any_pairs_are_answered(pairs: list[tuple[str, str]]) -> None:
    question, problems = read_pairs(pairs)
    assert {problem.part and problem.part[0] for problem in problems} <= {key for key, _ in pairs}
    assert read_pairs(print_pairs(question)) == (question, ())


@LAW
@given(questions, st.sampled_from(["9=a", "z=%", "z=..", "z=a&z=b", "segment.z=", "=a"]))
def test_a_fault_leaves_the_rest(question: Question, fault: str) -> None:
    read, problems = read_line(f"{print_line(question)}&{fault}")
    assert read == canonicalise(question)
    assert len(problems) == 1
