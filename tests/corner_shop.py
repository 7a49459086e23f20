"""A corner shop: three tables of a few rows and a catalogue of them, which tests write to a folder and spoil."""

from pathlib import Path

import pytest

from semantic.__main__ import main

CATALOGUE = """\
name: Corner shop
timezone: Europe/Paris
currency: EUR

views:
  contacts:
    file: contacts.csv
    key: {contact: contact_id}
    dimensions:
      region: {label: Region, drill: city}
      city: City
      email: {label: E-mail, pii: true}
  shops:
    file: shops.csv
    key: {shop: shop_id}
    dimensions: {region: Region, kind: Kind}
  orders:
    file: orders.csv
    time: ordered_on
    joins: {contact: contact_id, shop: shop_id, giver: {entity: contact, key: giver_id}}
    dimensions:
      channel: Channel
      amount: Amount
      gift: Gift

segments:
  northern: {of: contacts, where: "region = 'north'", family: place}
  online: {of: orders, where: "channel = 'web'"}
families:
  place: {exclusive: true}

metrics:
  orders: {view: orders, sql: count(*), unique: contact_id}
  revenue: {view: orders, sql: sum(amount), format: currency}
  web_orders: {view: orders, sql: count(*), where: "channel = 'web'", share_of: orders}
  basket: {sql: revenue / orders}
  contacts: {view: contacts, sql: count(*)}
"""
TABLES = {
    "contacts.csv": "contact_id,region,city,email\n1,north,Lille,a@x.fr\n2,south,Nice,b@x.fr\n3,,Paris,c@x.fr\n",
    "shops.csv": "shop_id,region,kind\n1,north,web\n2,south,street\n",
    "orders.csv": (
        "order_id,ordered_on,contact_id,shop_id,giver_id,channel,amount,gift\n"
        "1,2024-01-05,1,1,2,web,10.5,true\n"
        "2,2024-01-20,2,2,,shop,20,false\n"
        "3,2024-02-03,1,1,,web,30,false\n"
        "4,2024-02-04,3,2,1,shop,5,true\n"
    ),
}


def write_corner_shop(folder: Path, catalogue: str | bytes = CATALOGUE, **tables: str) -> Path:
    """The shop's catalogue in a folder, beside its tables; `orders=…` is what that table holds instead."""
    for name, text in (TABLES | {f"{table}.csv": text for table, text in tables.items()}).items():
        (folder / name).write_text(text, encoding="utf-8")
    file = folder / "metrics.yml"
    file.write_bytes(catalogue.encode() if isinstance(catalogue, str) else catalogue)
    return file


def run_main(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    """The exit code of the command line, what it printed, and what it complained of."""
    capsys.readouterr()
    code = main([str(word) for word in words])
    told = capsys.readouterr()
    return code, told.out, told.err


def spoil(*changes: str) -> str:
    """The catalogue with texts replaced: old, new, old, new …"""
    text = CATALOGUE
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text, old
        text = text.replace(old, new, 1)
    return text
