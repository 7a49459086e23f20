"""A shop of six orders and three buyers, and a mail test of four people without any time: small catalogues."""

from pathlib import Path

SHOP = """
name: Corner *shop*
timezone: UTC
currency: GBP
views:
  orders:
    label: Orders
    file: orders.csv
    key: {order: order_id}
    time: ordered_on
    joins: {buyer: buyer_id}
    dimensions:
      channel: Channel
      express: Express
      note: Note
      amount: {label: Amount of the order, sql: price}
      email: {label: E-mail, pii: true}
  buyers:
    label: Buyers
    file: buyers.csv
    key: {buyer: buyer_id}
    dimensions:
      region: {label: Region, drill: city}
      city: City
segments:
  northerners: {label: Northerners, of: buyers, where: "region = 'North'"}
metrics:
  orders: {label: Orders, view: orders, sql: count(*), unique: buyer_id, better: higher, fill: 0, tags: [headline]}
  revenue:
    {label: Revenue, description: What was paid., view: orders, sql: sum(price), format: currency, tags: [headline]}
  express_orders: {label: Express orders, view: orders, sql: count(*), where: express, share_of: orders, fill: 0}
  express_rate: {label: Express rate, sql: express_orders / orders, format: percent, better: lower, was: [fast_rate]}
  buyers: {label: Buyers, view: buyers, sql: count(*)}
"""
ORDERS = """order_id,buyer_id,ordered_on,price,channel,express,note,email
1,1,2024-01-10,10,web,true,gift,a@example.org
2,2,2024-01-20,20,shop,false,,b@example.org
3,1,2024-02-05,30,web,false,"a, b",a@example.org
4,3,2024-02-25,40,web,true,gift wrapped,c@example.org
5,2,2024-03-02,50,shop,true,,b@example.org
6,,2024-03-15,60,,false,,
"""
BUYERS = "buyer_id,region,city\n1,North,Leeds\n2,South,Poole\n3,North,York\n"
TRIAL = """
name: Mail test
views:
  people:
    label: People
    file: people.csv
    key: {person: id}
    dimensions: {arm: Arm}
metrics:
  people: {label: People, view: people, sql: count(*)}
  visitors: {label: Visitors, view: people, sql: sum(visit)}
  visit_rate: {label: Visit rate, sql: visitors / people, format: percent}
"""
PEOPLE = "id,arm,visit\n1,mail,1\n2,mail,0\n3,none,0\n4,none,0\n"


def write_shop(folder: Path) -> Path:
    """The shop's catalogue and files; the catalogue's path."""
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "buyers.csv").write_text(BUYERS, encoding="utf-8")
    return write_catalogue(folder / "shop.yml", SHOP)


def write_trial(folder: Path) -> Path:
    """The mail test's catalogue and file; the catalogue's path."""
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    return write_catalogue(folder / "trial.yml", TRIAL)


def write_catalogue(file: Path, text: str) -> Path:
    """Replaces a catalogue as an editor does: by rename, so that nobody reads half of it."""
    fresh = file.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    return fresh.replace(file)
