"""SQL of the catalogue: parsed, checked against an allow-list of syntax, and made safe to divide."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

DIALECT = "duckdb"
MOST_LEVELS = 400  # of a tree of SQL; the engine takes 1,000 of all that stands around it
Node = exp.Expr
logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it warns of is refused here, with a sentence of our own

# Answers are cached by their SQL: what changes from run to run would be a stale number in silence.
VOLATILE = frozenset(
    "random rand uuid gen_random_uuid uuidv4 uuidv7 now current_date current_time current_timestamp today "
    "get_current_time get_current_timestamp transaction_timestamp localtime localtimestamp setseed nextval "
    "currval".split()
)
PRIVATE = frozenset(
    "getenv current_setting getvariable current_user user session_user current_database current_schema "
    "current_schemas current_query current_catalog version pg_typeof txid_current read_text read_blob read_csv "
    "read_csv_auto read_json read_json_auto read_parquet parquet_scan glob query query_table sniff_csv "
    "write_log in_search_path current_connection_id current_query_id pg_get_viewdef".split()
)
# What an expression and a SELECT may be made of; everything else is refused, whatever it is.
EXPRESSION = (
    exp.Condition,
    exp.Identifier,
    exp.DataType,
    exp.DataTypeParam,
    exp.Interval,
    exp.Var,
    exp.Distinct,
    exp.Filter,
    exp.Where,
    exp.WithinGroup,
    exp.Order,
    exp.Ordered,
    exp.Tuple,
    exp.Slice,
    exp.If,
    exp.Collate,
    exp.Star,
    exp.IntervalSpan,
    exp.AtTimeZone,
)
SELECT = (
    *EXPRESSION,
    exp.Query,
    exp.From,
    exp.Join,
    exp.Group,
    exp.Having,
    exp.Limit,
    exp.Offset,
    exp.With,
    exp.CTE,
    exp.TableAlias,
    exp.Table,
    exp.Alias,
    exp.Window,
    exp.WindowSpec,
    exp.Qualify,
    exp.Unnest,
    exp.Values,
    exp.Pivot,
    exp.Cube,
    exp.Rollup,
    exp.GroupingSets,
    exp.Lambda,
    exp.PropertyEQ,
    exp.Lateral,
)
NEVER = (exp.Parameter, exp.Placeholder, exp.SessionParameter)
ROWWISE_NEVER = (exp.Query, exp.Subquery, exp.Exists, exp.Window, exp.Star, exp.Table, exp.Lambda)
AGGREGATE_FUNCTIONS = frozenset(
    "mad mode arg_max arg_min arg_max_null arg_min_null max_by min_by bool_and bool_or bit_and bit_or bit_xor product "
    "geomean geometric_mean favg fsum kahan_sum sumkahan skewness kurtosis kurtosis_pop entropy quantile quantile_cont "
    "quantile_disc median approx_quantile approx_count_distinct string_agg list array_agg histogram stddev stddev_pop "
    "stddev_samp var_pop var_samp variance count_if countif any_value first last sem reservoir_quantile regr_slope "
    "regr_intercept regr_r2 corr covar_pop covar_samp count_star weighted_avg wavg".split()
)


class WrongSql(ValueError):
    """The text is not what this place of the catalogue takes: `found` says why, `remedy` what would do."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.found, self.remedy = found, remedy


@dataclass(frozen=True, slots=True)
class Sql:
    """SQL of one place of the catalogue: its text and its checked tree, which nobody changes."""

    text: str
    tree: Node = field(compare=False, repr=False)
    TAKES: ClassVar[str] = "SQL"


class RowSql(Sql):
    """An expression over the columns of a row."""

    TAKES = "an expression over the columns of a row"


class AggregateSql(Sql):
    """An expression over aggregates of rows."""

    TAKES = "an expression over aggregates, sum(amount) say"


class FormulaSql(Sql):
    """An expression over other metrics."""

    TAKES = "an expression over other metrics"


class SelectSql(Sql):
    """One SELECT."""

    TAKES = "one SELECT"


def is_aggregate(node: Node) -> bool:
    """Whether the node is a call of an aggregate function."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower() in AGGREGATE_FUNCTIONS
    return isinstance(node, exp.AggFunc)


def find_columns(tree: Node) -> Iterator[exp.Column]:
    """The columns that the tree names."""
    return tree.find_all(exp.Column)


def name_parts(column: exp.Column) -> tuple[str, ...]:
    """`contact.specialty` as ("contact", "specialty")."""
    return tuple(part.name for part in column.parts)


def parse_row(text: str) -> RowSql:
    """A row expression. Raises WrongSql."""
    tree = _parse_expression(text, RowSql)
    _refuse_nodes(tree, ROWWISE_NEVER, RowSql)
    for node in tree.walk():
        if is_aggregate(node):
            raise WrongSql(f"{node.sql(DIALECT)} is an aggregate", f"Here goes {RowSql.TAKES}")
    return RowSql(text, guard_divisions(tree))


def parse_aggregate(text: str) -> AggregateSql:
    """An aggregate expression: every column stands inside an aggregate. Raises WrongSql."""
    tree = _parse_expression(text, AggregateSql)
    _refuse_nodes(tree, tuple(kind for kind in ROWWISE_NEVER if kind is not exp.Star), AggregateSql)
    aggregates = [node for node in tree.walk() if is_aggregate(node)]
    if not aggregates:
        raise WrongSql(f"{text} has no aggregate", f"Here goes {AggregateSql.TAKES}")
    for node in aggregates:
        if any(is_aggregate(parent) for parent in _walk_up(node)):
            raise WrongSql(f"{node.sql(DIALECT)} stands inside another aggregate", "One level is taken")
    for star in tree.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count):
            raise WrongSql(f"{text} holds a star", "Only count(*) does")
    for column in find_columns(tree):
        if not any(
            is_aggregate(parent) or isinstance(parent, (exp.Filter, exp.WithinGroup)) for parent in _walk_up(column)
        ):
            raise WrongSql(f"{column.sql(DIALECT)} stands outside an aggregate", f"Here goes {AggregateSql.TAKES}")
    return AggregateSql(text, guard_divisions(tree))


def parse_formula(text: str) -> FormulaSql:
    """A formula over metrics. Raises WrongSql."""
    tree = _parse_expression(text, FormulaSql)
    for node in tree.walk():
        if is_aggregate(node):
            raise WrongSql(
                f"{node.sql(DIALECT)} is an aggregate",
                "An aggregate needs a view: beside its sql; a formula names metrics",
            )
    _refuse_nodes(tree, ROWWISE_NEVER, FormulaSql)
    for column in find_columns(tree):
        if len(column.parts) > 1:
            raise WrongSql(f"{column.sql(DIALECT)} is not a metric's name", f"Here goes {FormulaSql.TAKES}")
    if not any(True for _ in find_columns(tree)):
        raise WrongSql(f"{text} names no metric", f"Here goes {FormulaSql.TAKES}")
    return FormulaSql(text, guard_divisions(tree))


def parse_select(text: str) -> SelectSql:
    """One SELECT (or a union of them, with CTEs) over tables. Raises WrongSql."""
    tree = _parse_one(text, SelectSql)
    if not isinstance(tree, exp.Query):
        raise WrongSql(f"{_shorten(text)} is not a SELECT", f"Here goes {SelectSql.TAKES}")
    _refuse_nodes(tree, (), SelectSql)
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.GenerateSeries):
            continue
        if not isinstance(table.this, exp.Identifier):
            raise WrongSql(
                f"{table.sql(DIALECT)} reads from a function",
                "Files are read by file:, and FROM takes names of views and tables",
            )
        if any(mark in table.name for mark in "/\\*?:") or table.name.lower().endswith(
            (".csv", ".parquet", ".json", ".txt", ".db", ".duckdb")
        ):
            raise WrongSql(
                f"{table.sql(DIALECT)} reads a file",
                "Files are read by file:, and FROM takes names of views and tables",
            )
    return SelectSql(text, guard_divisions(tree))


def list_tables(select: SelectSql) -> list[exp.Table]:
    """The tables that a SELECT reads, without the names of its own CTEs."""
    own = {cte.alias_or_name.lower() for cte in select.tree.find_all(exp.CTE)}
    return [table for table in select.tree.find_all(exp.Table) if table.db or table.name.lower() not in own]


def guard_divisions(tree: Node) -> Node:
    """The tree with NULLIF around every denominator that could be 0: a division by it is NULL."""
    for node in list(tree.find_all(exp.Div, exp.IntDiv, exp.Mod)):
        below = node.expression
        while isinstance(below, exp.Paren):
            below = below.this
        if isinstance(below, exp.Nullif) or (
            isinstance(below, exp.Literal) and below.is_number and float(below.this) != 0
        ):
            continue
        # Not a copy of it: a division inside is still to be guarded.
        node.set("expression", exp.Nullif(this=below, expression=exp.Literal.number(0)))
    return tree


def _walk_up(node: Node) -> Iterator[Node]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "…"


def _parse_one(text: str, kind: type[Sql]) -> Node:
    if len(text) > 20_000:
        raise WrongSql(f"{len(text):,} characters of SQL", "20,000 are taken")
    try:
        statements = [tree for tree in sqlglot.parse(text, dialect=DIALECT) if tree is not None]
    except (SqlglotError, RecursionError, ValueError) as error:
        raise WrongSql(f"{_shorten(text)} is not SQL that can be read", f"Here goes {kind.TAKES}") from error
    if not statements:
        raise WrongSql("no SQL stands here", f"Here goes {kind.TAKES}")
    if len(statements) != 1:
        raise WrongSql(f"{_shorten(text)} holds a second statement", f"Here goes {kind.TAKES}")
    if len(text) > MOST_LEVELS and _is_deep(statements[0]):
        raise WrongSql(
            f"{_shorten(text)} is nested too deeply",
            f"{MOST_LEVELS} levels are taken; a chain of + or OR has one for each",
        )
    return statements[0]


def _is_deep(tree: exp.Expr) -> bool:
    level = [tree]
    for _ in range(MOST_LEVELS):
        level = [child for node in level for child in node.iter_expressions()]
        if not level:
            return False
    return True


def _parse_expression(text: str, kind: type[Sql]) -> Node:
    tree = _parse_one(text, kind)
    if isinstance(tree, exp.Alias):
        raise WrongSql(f"{_shorten(text)} gives a name of its own", "The name is the key in the catalogue")
    if isinstance(tree, exp.Query):
        raise WrongSql(f"{_shorten(text)} is a query", f"Here goes {kind.TAKES}")
    return tree


def _refuse_nodes(tree: Node, more: tuple[type[Node], ...], kind: type[Sql]) -> None:
    allowed = SELECT if kind is SelectSql else EXPRESSION
    for node in tree.walk():
        if isinstance(node, NEVER) or not isinstance(node, allowed):
            raise WrongSql(f"{_shorten(node.sql(DIALECT))} is not allowed", f"Here goes {kind.TAKES}")
        if isinstance(node, more):
            raise WrongSql(
                f"{_shorten(node.sql(DIALECT))} is a {type(node).__name__.lower()}", f"Here goes {kind.TAKES}"
            )
        if isinstance(node, exp.Func) and not isinstance(node, (exp.And, exp.Or, exp.Case, exp.Cast)):
            name = (str(node.this) if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
            if name in VOLATILE:
                raise WrongSql(
                    f"{_shorten(node.sql(DIALECT))} changes from run to run", "Time comes from the question's period"
                )
            if name in PRIVATE:
                raise WrongSql(f"{name}() is not allowed", f"Here goes {kind.TAKES}")
    for column in tree.find_all(exp.Column):
        if len(column.parts) == 1 and column.name.lower() in VOLATILE and not column.this.quoted:
            raise WrongSql(f"{column.name} changes from run to run", "Time comes from the question's period")
