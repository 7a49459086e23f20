"""The names that contacts have, by culture: given and family names, and how an e-mail address spells them."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Culture:
    """Names of one script; each is the name, or the name and its Latin spelling after a slash."""

    given: tuple[str, ...]
    family: tuple[str, ...]


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("·"))


CULTURES = {
    "french": Culture(
        _split("""Zoé · Élodie · François · Chloé · Jérôme · Anaïs · Benoît · Inès · Maëlle · Théo · Camille · Hélène
            · Loïc · Noémie · Jean-Baptiste · Cécile · Aurélien · Margaux · Rémi · Agnès · Gaëtan · Océane · Luc"""),
        _split("""Lefèvre · d'Ormesson · Müller-Petit · Béranger · L'Hôpital · Garçon · Châtelain · Dubois · Martin
            · Bernard · Thévenin · de La Rochefoucauld · Prévost · Lemoine · N'Diaye · Fabre · Guérin · Leroy
            · Marchand · Delacroix · D'Hondt · Boyer · Renard · Vasseur · Perrin · Colin"""),
    ),
    "german": Culture(
        _split("Jürgen · Käthe · Sören · Björn · Anke · Heiner · Grete · Lukas · Mia · Uwe · Änne · Götz · Ursula"),
        _split("Müller · Schäfer · Groß · Weiß · Köhler · Jäger · Böhm · Vogel · von der Heyde · Strauß · Krüger"),
    ),
    "iberian": Culture(
        _split("João · Inês · José · Núria · Íñigo · Conceição · Begoña · Álvaro · Simão · Lucía · Tomé · Raúl"),
        _split("""Gonçalves · Muñoz · Peña · Magalhães · Ibáñez · Simões · Araújo · García · Sá · Núñez · d'Ávila
            · Conceição · Etxeberria · Ferreira"""),
    ),
    "italian": Culture(
        _split("Niccolò · Giulia · Matteo · Chiara · Noè · Desirée · Luca · Elisa · Pietro · Francesca"),
        _split("D'Angelo · Dell'Acqua · Rossi · Cantù · De Nicolò · Bianchi · Lo Nigro · Sant'Anna · Conti · Forlì"),
    ),
    "irish": Culture(
        _split("Siobhán · Seán · Róisín · Pádraig · Aoife · Niamh · Conor · Órla · Fionn · Máire"),
        _split("O'Brien · O'Neill · Ó Súilleabháin · McCarthy · D'Arcy · Byrne · O'Dowd · Kelly · Ní Dhomhnaill"),
    ),
    "greek": Culture(
        _split("""Γιώργος/giorgos · Ελένη/eleni · Νίκος/nikos · Σοφία/sofia · Ανδρέας/andreas · Μαρία/maria
            · Θεόδωρος/theodoros · Χρυσούλα/chrysoula · Ηλίας/ilias"""),
        _split("""Παπαδόπουλος/papadopoulos · Αγγελίδη/angelidi · Οικονόμου/oikonomou · Δημητρίου/dimitriou
            · Καραμανλής/karamanlis · Ζαχαρίας/zacharias · Βλάχος/vlachos"""),
    ),
    "cyrillic": Culture(
        _split("""Иван/ivan · Мария/maria · Георги/georgi · Елена/elena · Димитър/dimitar · Цветелина/tsvetelina
            · Юлия/yulia · Стоян/stoyan · Надежда/nadezhda · Пётр/petr"""),
        _split("""Петров/petrov · Иванова/ivanova · Димитров/dimitrov · Щерев/shterev · Николова/nikolova
            · Йорданов/yordanov · Соловьёва/solovyova · Жеков/zhekov"""),
    ),
    "arabic": Culture(
        _split("""محمد/mohamed · فاطمة/fatima · يوسف/youssef · أمينة/amina · عمر/omar · خديجة/khadija · إدريس/idris
            · سلمى/salma · حسن/hassan"""),
        _split("""بناني/bennani · العلوي/alaoui · الفاسي/elfassi · برادة/berrada · التازي/tazi · بن جلون/benjelloun
            · الإدريسي/elidrissi"""),
    ),
}


def spell(name: str) -> tuple[str, str]:
    """Return a name as it is written and as an e-mail address spells it: `O'Brien` and `obrien`."""
    written, _, latin = name.partition("/")
    plain = unicodedata.normalize("NFKD", (latin or written).replace("ß", "ss"))
    return written, "".join(letter for letter in plain.lower() if letter.isascii() and letter.isalpha())
