"""Generated questions to generated companies: the compiler answers as a reference does that shares nothing with it."""

import os
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from semantic import Refused, Source
from semantic.line import parse_line, print_line
from tests.asking import are_same, are_same_set, open_world, show_rows, tell_difference
from tests.reference import Reference
from tests.reference_names import Unanswerable
from tests.world import World, print_catalogue
from tests.worlds import HAZARDS, list_hazards, make_questions, make_worlds

QUESTIONS = int(os.environ.get("CROSSCUT_QUESTIONS", "400"))
TO_A_WORLD = 3
MOST_REFUSED = 0.2  # of the questions; they are made to be near what has no answer
AS_OF = st.sampled_from([None, None, date(2024, 3, 31), date(2024, 4, 7)])


@dataclass
class Tally:
    """What a run has seen."""

    asked: int = 0
    hazards: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def tell(self) -> str:
        shares = [f"  {count / self.asked:4.0%} {name}" for name, count in self.hazards.most_common()]
        reasons = [f"  {count / self.asked:4.1%} {reason}" for reason, count in self.refused.most_common()]
        refused = self.refused.total() / self.asked
        return "\n".join([f"{self.asked} questions met", *shares, f"{refused:.0%} are refused:", *reasons, ""])


def test_generated_questions_get_the_answer_of_the_reference() -> None:
    """The rows and totals of every question are those of the reference, and what one refuses, so does the other."""
    tally = Tally()

    @settings(
        max_examples=-(-QUESTIONS // TO_A_WORLD),
        deadline=None,
        database=None,
        phases=[Phase.generate],  # a question is short, and shrinking a company takes minutes
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,  # the failure tells the company
    )
    @seed(3 if QUESTIONS == 400 else random.randrange(2**32))
    @given(st.data())
    def ask_a_world(data: st.DataObject) -> None:
        world = data.draw(make_worlds())
        asked = {(print_line(data.draw(make_questions(world))), data.draw(AS_OF)) for _ in range(TO_A_WORLD)}
        with open_world(world) as source:
            for line, as_of in sorted(asked, key=str):
                compare_answers(world, source, line, as_of, tally)

    ask_a_world()
    sys.stdout.write(tally.tell())
    rare = [name for name in HAZARDS if tally.hazards[name] < tally.asked * 0.05]
    assert not rare, "a run has to meet every hazard in one of twenty questions"
    assert tally.refused.total() <= tally.asked * MOST_REFUSED


def compare_answers(world: World, source: Source, line: str, as_of: date | None, tally: Tally) -> None:
    """Fails where the compiler's answer isn't the reference's."""
    question = parse_line(line)
    story = f"{line}\nas of {as_of}\n{print_catalogue(world)}\n"
    story += "\n".join(f"{name}\n{show_rows(view.rows)}" for name, view in world.views.items())
    tally.asked += 1
    try:
        reference = Reference(world, question, as_of)
        answered = reference.answer()
    except Unanswerable as reason:
        tally.refused[str(reason)] += 1
        try:
            found = source.ask(line, as_of)
        except Refused:
            return
        raise AssertionError(f"answered in spite of: {reason}\n{show_rows(found.rows())}\n{story}") from reason
    tally.hazards.update(list_hazards(world, question, answered, reference.tied))
    try:
        found = source.ask(line, as_of)
    except Refused as refused:
        raise AssertionError(f"refused in vain: {refused}\n{story}") from refused
    assert found.columns == answered.columns, story
    for name, wanted, rows, same in (
        ("rows", answered.rows, found.rows(), are_same),
        ("totals", answered.totals, found.totals, are_same_set),
    ):
        told = f"{name}: {tell_difference(wanted, rows)}\n" if not same(wanted, rows) else ""
        assert not told, f"{told}{story}\n{found.sql.text}"
