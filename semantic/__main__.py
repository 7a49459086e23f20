"""The command line: python -m semantic check | ask LINE | sql LINE | explain LINE | schema [boards] | init FILE…"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from semantic.errors import Failed, Problem, Refused, suggest_name

if TYPE_CHECKING:
    from semantic.emit import Sql
    from semantic.question import Question
    from semantic.source import Source

FORMATS = ("table", "csv", "json")
LANGUAGES = ("metrics", "boards")
PROGRAM = "python -m semantic"


def main(words: Sequence[str] | None = None) -> int:
    """Run one command. 0: done; 1: the run failed; 2: the line, the catalogue or an option is wrong; 130: Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # a stream that somebody put in their place
            stream.reconfigure(errors="replace", newline="")  # type: ignore[union-attr]  # a TextIOWrapper has it
    try:
        code = _run(words)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read this has seen enough
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except SystemExit as done:  # --help
        return int(done.code or 0)
    return code


def _run(words: Sequence[str] | None) -> int:
    try:
        options = _read_options(words)
        return _run_apart(options)
    except Refused as refused:
        for problem in refused.problems:
            _tell(problem)
        return 2
    except Failed as failed:
        _tell(f"run: {failed}")
        return 1


def _run_apart(options: argparse.Namespace) -> int:
    """The command, beside the main thread: that one alone hears Ctrl-C, and hears nothing while a database works."""
    command: Callable[[argparse.Namespace], int] = options.command
    under_way = ThreadPoolExecutor(1, thread_name_prefix="command").submit(command, options)
    try:
        return under_way.result()
    except KeyboardInterrupt:
        if options.source is not None:
            options.source.interrupt()
        wait([under_way], timeout=2)
        if not under_way.done():
            os._exit(130)  # a database that is being opened doesn't stop
        raise


def _tell(problem: Problem | str) -> None:
    """One line on stderr, whatever the message holds: a value may carry what a terminal would obey."""
    line = " ".join(str(problem).split())
    print("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line), file=sys.stderr)


# --- commands


def _check(options: argparse.Namespace) -> int:
    from semantic.check import Warned, check_catalogue, count_catalogue

    source = _open_source(options)
    problems = check_catalogue(source)
    warned = sum(isinstance(problem, Warned) for problem in problems)
    for problem in problems:
        _tell(f"warning: {problem}" if isinstance(problem, Warned) else problem)
    counted = count_catalogue(source.serve().catalogue, len(source.serve_boards().boards.boards))
    print(f"{counted}: {_count_faults(len(problems) - warned, warned)}")
    return 2 if len(problems) > warned else 0


def _count_faults(faults: int, warned: int) -> str:
    found = f"{faults} fault{'s' if faults != 1 else ''}" if faults else "no fault"
    return f"{found}, {warned} warning{'s' if warned != 1 else ''}" if warned else found


def _ask(options: argparse.Namespace) -> int:
    source = _open_source(options)
    question = _read_question(options)
    answer = source.ask(question, options.as_of)
    if options.format == "json":
        print(json.dumps(answer.to_json(), ensure_ascii=False, indent=2, allow_nan=False))
    elif options.format == "csv":
        sys.stdout.write(answer.to_csv())
    else:
        from semantic.table import print_table

        print(print_table(answer))
    for note in answer.missing:
        _tell(note.to_problem())
    return 0


def _sql(options: argparse.Namespace) -> int:
    source = _open_source(options)
    print(_print_sql(source.sql(_read_question(options), options.as_of)))
    return 0


def _explain(options: argparse.Namespace) -> int:
    from semantic.annotate import annotate_sql
    from semantic.explain import explain_question

    source = _open_source(options)
    compiled = source.compile(_read_question(options), options.as_of)
    for sentence in explain_question(source.serve().catalogue, compiled):
        print(sentence)
    print("\n" + _print_sql(replace(compiled.sql, text=annotate_sql(compiled.plan, compiled.sql))))
    return 0


def _schema(options: argparse.Namespace) -> int:
    from semantic.schema import print_schema

    sys.stdout.write(print_schema(options.language))
    return 0


def _init(options: argparse.Namespace) -> int:
    from semantic.init import write_catalogue

    print(write_catalogue([Path(name) for name in options.files], options.catalogue, options.data))
    return 0


def _open_source(options: argparse.Namespace) -> Source:
    from semantic.source import open_source

    if options.data and not options.data.is_dir():
        raise Refused([Problem("--data", f"{options.data} is not a folder", "Name the folder that the files lie in")])
    source = open_source(options.catalogue, options.data)
    options.source = source
    return source


def _read_question(options: argparse.Namespace) -> Question:
    """The line as a question, in the asked zone unless it names its own."""
    from semantic.line import parse_line

    question = parse_line(options.line)
    return question if question.timezone or not options.timezone else replace(question, timezone=options.timezone)


def _print_sql(sql: Sql) -> str:
    """The statement, and a comment for each of its values: `-- $1 = 2024-01-01`."""
    return "\n".join([sql.text, *(f"-- ${place} = {_print_value(value)}" for place, value in enumerate(sql.params, 1))])


def _print_value(value: object) -> str:
    """A value as SQL would have it, on one line: in a comment a second line would be SQL again."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Decimal() | datetime() | date():
            return str(value)
        case _:
            text = str(value).replace("'", "''")
            return "'" + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text) + "'"


COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "check": (_check, "check the catalogue against its data"),
    "ask": (_ask, "print the answer to a line"),
    "sql": (_sql, "print the SQL of a line"),
    "explain": (_explain, "tell in words how a line is answered"),
    "schema": (_schema, "print the JSON Schema of metrics.yml, or of boards.yml, for editors"),
    "init": (_init, "write a first metrics.yml for tables of one's own"),
}


# --- options


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and exits with 2."""

    def error(self, message: str) -> NoReturn:
        remedy = f"{PROGRAM} --help says what would do"
        if found := re.match(r"argument COMMAND: invalid choice: '(.*)' \(choose", message, re.DOTALL):
            raise Refused(
                [
                    Problem(
                        PROGRAM, f"the command {found[1][:60]} is unknown", suggest_name(found[1], COMMANDS, "command")
                    )
                ]
            )
        if found := re.match(r"argument ([^:]+): (.*)", message, re.DOTALL):
            raise Refused([Problem(found[1], found[2], "" if ". " in found[2] else remedy)])
        what = re.sub(r"the following arguments are required: (.*)", r"\1 is missing", message)
        raise Refused([Problem(PROGRAM, re.sub(r"unrecognized arguments: (.*)", r"\1 is unknown", what), remedy)])


def _read_options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(prog=PROGRAM, description="Asks a catalogue of metrics.", allow_abbrev=False)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="COMMAND")
    for name, (run, says) in COMMANDS.items():
        command = commands.add_parser(name, help=says, description=f"{says.capitalize()}.", allow_abbrev=False)
        command.set_defaults(command=run, source=None)
        if name != "schema":
            _add_sources(command)
        else:
            told = f"which of the two: {' or '.join(LANGUAGES)}"
            command.add_argument("language", nargs="?", default="metrics", type=_read_language, help=told)
        if name in ("ask", "sql", "explain"):
            command.add_argument("line", metavar="LINE", help="the question: 'metric=orders&by=month'")
            command.add_argument("--as-of", type=_read_day, metavar="DATE", help="the day that relative periods end on")
            command.add_argument("--timezone", type=_read_zone, metavar="ZONE", help="where days are cut: Europe/Paris")
        if name == "ask":
            command.add_argument("--format", type=_read_format, default="table", metavar="|".join(FORMATS))
        if name == "init":
            command.add_argument("files", nargs="+", metavar="FILE", help="CSV, Parquet, DuckDB, or a folder of them")
    return parser.parse_args(words)


def _add_sources(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--catalogue",
        type=Path,
        default=Path("metrics.yml"),
        metavar="FILE",
        help="the catalogue, %(default)s if not given",
    )
    command.add_argument("--data", type=Path, metavar="DIR", help="the folder that its files lie in")


def _read_day(text: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text[:60]} is not a day. A day is written 2024-02-28")


def _read_zone(text: str) -> str:
    from semantic.line_values import Fault, read_timezone

    try:
        return read_timezone(text)
    except Fault as fault:
        raise argparse.ArgumentTypeError(f"{fault.found}. {fault.remedy}") from fault


def _read_language(text: str) -> str:
    if text not in LANGUAGES:
        raise argparse.ArgumentTypeError(f"{text[:60]} has no schema. {' and '.join(LANGUAGES)} have one")
    return text


def _read_format(text: str) -> str:
    if text not in FORMATS:
        raise argparse.ArgumentTypeError(f"{text[:60]} is not a format. A format is {', '.join(FORMATS)}")
    return text


if __name__ == "__main__":
    sys.exit(main())
