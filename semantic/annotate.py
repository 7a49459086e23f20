"""Plan + SQL -> the same SQL with a comment at each of its steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from semantic.emit import Sql
from semantic.emit.facts import rows_name
from semantic.emit.hub import all_name, coded_name, codes_name, met_name
from semantic.emit.links import linked_name
from semantic.emit.meet import AXIS, PARTS_CTE, TOGETHER
from semantic.emit.pairs import groups_name
from semantic.emit.scan import BIGGEST, base_name, places_name
from semantic.emit.states import read_name
from semantic.explain_journeys import comment_steps
from semantic.plan import Branch, Plan

# A CTE begins a line, as the printer sets it; the last SELECT stands at the margin.
STEP = re.compile(r'^(?:WITH (?:RECURSIVE )?|\), )("(?:[^"]|"")+"|\w+) AS (?:MATERIALIZED )?\($')


def annotate_sql(plan: Plan, sql: Sql) -> str:
    """The statement with `-- …` in each CTE and before the last SELECT: what that step does."""
    lines = sql.text.splitlines()
    told = dict(_tell_steps(plan))
    shown: list[str] = []
    for line in lines:
        if line.startswith("SELECT"):
            shown.append(f"-- {_tell_last(plan)}")
        shown.append(line)
        if (found := STEP.match(line)) and (comment := _find_comment(found[1].strip('"').replace('""', '"'), told)):
            shown.append(f"  -- {comment}")
    return "\n".join(shown)


def _find_comment(name: str, told: dict[str, str]) -> str | None:
    """The comment of a CTE, else that of the branch that it works for: its name begins with the branch's."""
    if name in told:
        return told[name]
    step, *groups = name.removeprefix("@").split("@")
    if name.startswith("@") and groups and f"@{step}" in told:  # of a journey: who may be in several groups, by these
        return f"{told[f'@{step}']}, by {' and '.join(groups)}"
    owners = [owner for owner in told if name.startswith(f"{owner}@")]
    if not owners and name.startswith(
        "@"
    ):  # a dimension that is worked out: its name, and a number where it's not alone
        return f"{name[1:].partition(':')[0]}, worked out from rows"
    return f"on the way to: {told[max(owners, key=len)]}" if owners else None


def _tell_steps(plan: Plan) -> Iterator[tuple[str, str]]:
    branches = [*(plan.ranking.branches if plan.ranking else ()), *plan.branches]
    for branch in branches:
        yield from _tell_scan(branch)
    if plan.axis:
        yield AXIS, f"every {plan.axis.base if plan.axis.base != 'mixed' else 'period'} of {plan.axis.window}"
    if plan.top:
        yield BIGGEST, f"the values of {plan.top.key.name} that are kept; all others are Other"
    yield PARTS_CTE, "the results under each other, NULL in the columns of the others"
    gaps = ", and periods without rows" if plan.axis else ""
    yield TOGETHER, f"one row a group: the results beside each other{gaps}"
    if plan.journey:
        yield from comment_steps(plan.journey).items()


def _tell_scan(branch: Branch) -> Iterator[tuple[str, str]]:
    views = _list_views(branch)
    yield branch.name, _tell_branch(branch)
    yield base_name(branch), f"rows of {views} in the finest groups, which add up"
    yield read_name(branch), f"rows of {views} in the period, worked out once"
    if branch.numbered and branch.paired:
        yield groups_name(branch), "the groups, numbered at each level: a number takes less than texts"
    elif branch.numbered:
        yield places_name(branch), "every value with its place among those that are kept, 0 for all others"
    if branch.parts:
        yield rows_name(branch), f"rows of {views} under each other, NULL in the columns of the others"
    if branch.links:
        joined = ", ".join(dict.fromkeys(link.step.view for link in branch.links))
        yield (
            linked_name(branch),
            f"rows of {views} by what joins them to {joined}: few groups join faster",
        )
        yield base_name(branch), "the same groups by what is joined, which add up"
    if branch.hub:
        names, view = ", ".join(key.name for key in branch.hub.keys), branch.hub.path.view
        yield codes_name(branch.hub), f"the values of {names}, numbered: a number is joined and grouped faster"
        yield coded_name(branch.hub), f"the number of each row of {view}"
        some = "" if branch.hub.apart else ", or none"
        named = replace(branch, name=linked_name(branch)) if branch.links else branch
        yield met_name(named), f"rows of {views} that are joined to a row of {view}{some}"
        for part in branch.parts or (named,):
            yield all_name(part), f"all rows of {part.view}, joined to one or not"


def _list_views(branch: Branch) -> str:
    return ", ".join(dict.fromkeys(part.view for part in branch.parts or (branch,)))


def _tell_branch(branch: Branch) -> str:
    leaves = ", ".join(leaf.name for leaf in branch.leaves)
    keys = ", ".join(key.name for key in branch.keys)
    compared = f", {branch.window}, to compare with" if branch.variant.shift or branch.variant.slice else ""
    return f"{leaves} from {_list_views(branch)}{f' by {keys}' if keys else ''}{compared}"


def _tell_last(plan: Plan) -> str:
    if plan.rows:
        return f"the rows behind {', '.join(dict.fromkeys(leaf.name for leaf in plan.rows.feeds))}"
    if plan.flat:
        return _tell_branch(plan.branches[0])
    cut = f", the first {plan.limit:,}" if plan.limit is not None else ""
    if plan.journey:
        return f"the answer, in order{cut}"
    return f"the answer: formulas over the groups, in order{cut}"
