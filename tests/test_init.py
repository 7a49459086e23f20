"""`init`: a first catalogue of somebody's CSV, Parquet or DuckDB tables that passes `check` and answers."""

from pathlib import Path

import duckdb
import pytest

from semantic.load import load_catalogue
from semantic.profile import write_singular, write_snake
from tests.corner_shop import TABLES, run_main
from tests.test_schema import validate

ORDERS = """CREATE TABLE orders AS SELECT
    i AS order_id, i % 40 AS customer_id, i % 7 + 100 AS "shipTo_customer_id",
    DATE '2024-01-01' + i::INTEGER AS ordered_on,
    TIMESTAMP '2024-06-01' AS updated_at, (i * 1.5)::DOUBLE AS amount, 2.5 AS unit_price, i % 3 + 1 AS quantity,
    ['web', 'shop', 'phone'][i % 3 + 1] AS channel, i % 2 = 0 AS gift, 'note ' || i AS note, i % 12 + 1 AS month
    FROM range(200) AS t(i)"""
CUSTOMERS = """CREATE TABLE customers AS SELECT
    i AS "CustomerID", 'Ann ' || i AS name, 'a' || i || '@x.org' AS contact, '+33 1 ' || i AS phone_number,
    ['north', 'south'][i % 2 + 1] AS region, DATE '1980-01-01' + i::INTEGER AS birth_date,
    'c' || i % 4 AS "Kind of customer",
    ['a', 'b'][i % 2 + 1] AS segment FROM range(120) AS t(i)"""


def make_tables(folder: Path, kind: str) -> list[Path]:
    """Orders and customers as CSV or Parquet files, or as one DuckDB file with a second schema."""
    database = folder / "shop.duckdb"
    with duckdb.connect(str(database) if kind == "duckdb" else ":memory:") as connection:
        connection.execute(CUSTOMERS)
        connection.execute(ORDERS)
        if kind == "duckdb":
            connection.execute("CREATE SCHEMA stock")
            connection.execute("CREATE TABLE stock.orders AS SELECT 1 AS id, 'x' AS sku")
            return [database]
        files = [folder / f"{table}.{kind}" for table in ("customers", "orders")]
        for file in files:
            connection.execute(f"COPY {file.stem} TO '{file}'")
        return files


@pytest.mark.parametrize("kind", ["csv", "parquet", "duckdb"])
def test_first_catalogue_passes_check_and_answers(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = make_tables(tmp_path, kind)
    monkeypatch.chdir(tmp_path)
    code, shown, told = run_main(capsys, "init", *files)
    assert (code, told) == (0, "")
    assert shown.endswith("Next: python -m semantic ask 'metric=orders&by=month'\n")
    text = (tmp_path / "metrics.yml").read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=")
    assert validate(text) == []
    code, shown, told = run_main(capsys, "check")
    assert (code, told) == (0, "")
    assert ": no fault" in shown
    asked = "metric=orders,amount,amount_per_order&by=region&period=2024-01-01..2024-01-31"
    code, shown, told = run_main(capsys, "ask", asked, "--format", "csv")
    assert (code, told) == (0, "")
    assert shown.split() == ["region,orders,amount,amount_per_order", "north,16,360.0,22.5", "south,15,337.5,22.5"]


@pytest.fixture
def catalogue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The first catalogue of the Parquet files."""
    file = tmp_path / "metrics.yml"
    assert run_main(capsys, "init", *make_tables(tmp_path, "parquet"), "--catalogue", file)[0] == 0
    return file


def test_keys_clocks_and_joins_are_found_by_name_and_value(catalogue: Path) -> None:
    """A column that is called like a key, but holds other values, is no join; a birthday is no clock."""
    views = load_catalogue(catalogue).views
    assert {name: dict(view.key) for name, view in views.items()} == {
        "customers": {"customer": "CustomerID"},
        "orders": {"order": "order_id"},
    }
    assert {name: view.time and view.time.column.text for name, view in views.items()} == {
        "customers": None,
        "orders": "ordered_on",
    }
    joins = views["orders"].joins
    assert {role: (join.entity, join.key) for role, join in joins.items()} == {
        "customer": (None, "customer_id"),
        "ship_to_customer": ("customer", "shipTo_customer_id"),
    }
    assert views["customers"].joins == {}


def test_join_needs_most_values_in_the_other_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """94 of 100 aren't enough, 95 are."""
    for found, joined in ((94, False), (95, True)):
        folder = tmp_path / str(found)
        folder.mkdir()
        owners = "\n".join(f"{number},x" for number in range(found))
        (folder / "owners.csv").write_text(f"owner_id,kind\n{owners}\n")
        pets = "\n".join(f"{number},{number},cat" for number in range(100))
        (folder / "pets.csv").write_text(f"pet_id,owner_id,kind\n{pets}\n")
        assert run_main(capsys, "init", folder, "--catalogue", folder / "metrics.yml")[0] == 0
        assert bool(load_catalogue(folder / "metrics.yml").views["pets"].joins) is joined


def test_dimensions_are_few_texts_and_booleans_and_hide_what_is_personal(catalogue: Path) -> None:
    views = load_catalogue(catalogue).views
    customers = views["customers"].dimensions
    assert {name for name, dimension in customers.items() if dimension.pii} == {"name", "contact", "phone_number"}
    assert {name: item.label.read() for name, item in customers.items() if item.label and not item.pii} == {
        "region": "Region",
        "birth_date": "Birth date",
        "kind_of_customer": "Kind of customer",
        "customer_segment": "Segment",
    }
    renamed = {name: item.sql.text for name, item in customers.items() if item.sql}
    assert renamed == {"kind_of_customer": '"Kind of customer"', "customer_segment": "segment"}
    assert list(views["orders"].dimensions) == ["updated_at", "channel", "gift"]


def test_metrics_are_counts_sums_and_means_of_what_no_sum_says(catalogue: Path) -> None:
    """No key, no part of a date; a price is averaged; money is shown as money."""
    metrics = load_catalogue(catalogue).metrics
    assert {name: (getattr(metric, "sql").text, metric.format) for name, metric in metrics.items()} == {  # noqa: B009  # every kind here has one
        "customers": ("count(*)", None),
        "orders": ("count(*)", None),
        "amount": ("sum(amount)", "currency"),
        "average_unit_price": ("avg(unit_price)", "currency"),
        "quantity": ("sum(quantity)", None),
        "amount_per_order": ("amount / orders", "currency"),
    }


def test_first_catalogue_reads_as_a_tutorial(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "corner_shop"
    folder.mkdir()
    for name, text in TABLES.items():
        (folder / name).write_text(text)
    assert run_main(capsys, "init", folder, "--catalogue", folder / "metrics.yml")[0] == 0
    lines = (folder / "metrics.yml").read_text("utf-8").splitlines()[1:]
    assert "\n".join(lines) == TUTORIAL.strip()


TUTORIAL = """
# A first catalogue, written from the tables. Every line may be changed; the app and these commands follow:
#   python -m semantic check --catalogue metrics.yml
#   python -m semantic ask 'metric=orders&by=month' --catalogue metrics.yml

name: Corner shop
timezone: UTC  # where days and hours are cut: Europe/Paris, say
currency: EUR

# A view is a table that metrics are counted from. Its key says what a row is one of; its time is the clock
# of its rows; a join leads from a column to the view of that key; a dimension is what metrics are cut by.
views:
  contacts:
    file: contacts.csv  # 3 rows
    key: {contact: contact_id}
    dimensions:
      region: Region
      city: City
      email: {label: Email, pii: true}
  orders:
    file: orders.csv  # 4 rows
    key: {order: order_id}
    time: ordered_on
    joins: {contact: contact_id, shop: shop_id}
    dimensions:
      channel: Channel
      gift: Gift
    # other columns: giver_id (number, about 2 values), amount (number, about 4 values)
  shops:
    file: shops.csv  # 2 rows
    key: {shop: shop_id}
    dimensions:
      region: Region
      kind: Kind

# A metric is a KPI: an aggregate over the rows of a view, or a formula over other metrics.
metrics:
  contacts: {label: Contacts, view: contacts, sql: count(*)}
  orders: {label: Orders, view: orders, sql: count(*)}
  amount: {label: Amount, view: orders, sql: sum(amount), format: currency}
  shops: {label: Shops, view: shops, sql: count(*)}
  amount_per_order: {label: Amount per order, sql: amount / orders, format: currency}  # a formula

# A segment is a group of rows with a name, to filter by:
# segments:
#   known_region: {label: Known, of: contacts, where: region IS NOT NULL}
"""


def test_tables_elsewhere_are_named_by_their_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`data:` leads there; with --data it's that folder, and a file outside it is refused."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "here").mkdir()
    files = make_tables(tmp_path / "tables", "csv")
    out = tmp_path / "here/metrics.yml"
    assert run_main(capsys, "init", *files, "--catalogue", out)[0] == 0
    assert load_catalogue(out).data == "../tables"
    assert run_main(capsys, "check", "--catalogue", out)[0] == 0
    out.unlink()
    assert run_main(capsys, "init", *files, "--catalogue", out, "--data", tmp_path)[0] == 0
    assert (load_catalogue(out).data, load_catalogue(out).views["orders"].file) == ("..", "tables/orders.csv")
    out.unlink()
    code, _, told = run_main(capsys, "init", *files, "--catalogue", out, "--data", tmp_path / "here")
    assert (code, told.partition(": ")[2]) == (
        2, f"it lies outside {tmp_path / 'here'}. Only files below the data folder are read\n",
    )  # fmt: skip


HARD = {
    "names that a line or SQL can't hold": (
        'id,Order Date,sel ect,"a""b",metric,2nd,été\n1,2024-01-01,x,1,p,u,v\n2,2024-01-02,y,2,q,w,z\n'
    ),
    "nothing but a header": "id,name\n",
    "one column": "amount\n1.5\n2.5\n",
    "keys that are no keys": "id,code\n1,a\n1,b\n,c\n",
    "columns that differ from a keyword in nothing": "order,group,select,total\n1,2,3,4\n5,6,7,8\n",
    "metrics and dimensions of one name": "hard,amount\nx,1\ny,2\n",
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_hard_tables(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the columns are called, what is written loads, passes `check` and answers its own line."""
    (tmp_path / "hard.csv").write_text(text, encoding="utf-8")
    code, shown, told = run_main(capsys, "init", tmp_path / "hard.csv", "--catalogue", tmp_path / "metrics.yml")
    assert (code, told) == (0, "")
    assert run_main(capsys, "check", "--catalogue", tmp_path / "metrics.yml")[::2] == (0, "")
    line = shown.split("'")[1]
    assert run_main(capsys, "ask", line, "--catalogue", tmp_path / "metrics.yml")[::2] == (0, "")


def test_files_of_one_name_and_files_with_marks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two folders may each hold an orders.csv; a bracket in a name is no pattern."""
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "orders[1].csv").write_text("id,amount\n1,2\n2,3\n")
    out = tmp_path / "metrics.yml"
    assert run_main(capsys, "init", tmp_path / "old", tmp_path / "new", "--catalogue", out)[0] == 0
    assert set(load_catalogue(out).views) == {"orders_1", "new_orders_1"}
    assert run_main(capsys, "check", "--catalogue", out)[0] == 0


def test_existing_catalogue_is_never_overwritten(catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = catalogue.read_bytes()
    code, shown, told = run_main(capsys, "init", catalogue.parent / "orders.parquet", "--catalogue", catalogue)
    assert (code, shown) == (2, "")
    assert told == f"{catalogue}: a catalogue is there already. Name another: --catalogue FILE\n"
    assert catalogue.read_bytes() == before


def write_bad_files(folder: Path) -> None:
    (folder / "notes.txt").write_text("x")
    (folder / "broken.parquet").write_bytes(b"PAR1xxxx")
    (folder / "no.duckdb").write_bytes(b"x" * 5000)
    (folder / "empty").mkdir()
    for name in ("a.duckdb", "b.duckdb"):
        duckdb.connect(str(folder / name)).close()


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["none.csv"], "none.csv: there is no such file. Name a file that is there"),
        (["notes.txt"], "notes.txt: it is neither CSV, Parquet nor DuckDB. Save it as one of them"),
        (["empty"], "empty: no file in it is CSV, Parquet or DuckDB. Name a folder that has some"),
        (["a.duckdb", "b.duckdb"], "b.duckdb: it is a second database. A catalogue reads one: make another of this"),
        (["a.duckdb"], "a.duckdb: there is no table in it. Name a file that has one"),
        (
            ["broken.parquet"],
            "init: broken.parquet can't be read: File broken.parquet too small to be a Parquet file. "
            "Parquet, or CSV in UTF-8, would do",
        ),
        (
            ["no.duckdb"],
            "no.duckdb can't be opened: The file no.duckdb exists, but it is not a valid DuckDB database file",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_files(
    names: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bad_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    code, shown, found = run_main(capsys, "init", *names)
    assert (code, shown) == (2, "")
    assert told in found
    assert found.count("\n") == 1
    assert not (tmp_path / "metrics.yml").exists()


@pytest.mark.parametrize(
    ("name", "snake", "singular"),
    [
        ("CustomerID", "customer_id", "customer_id"),
        ("Order Lines", "order_lines", "order_line"),
        ("HTTPStatus", "http_status", "http_status"),
        ("categories", "categories", "category"),
        ("addresses", "addresses", "address"),
        ("2023 sales", "_2023_sales", "_2023_sale"),
        ("!!", "column", "column"),
    ],
)
def test_names(name: str, snake: str, singular: str) -> None:
    assert (write_snake(name), write_singular(write_snake(name))) == (snake, singular)
