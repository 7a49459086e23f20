"""The few words that charts say by themselves, in each language."""

from widgets.translations import Locale

NBSP, NNBSP, MINUS, DASH = "\u00a0", "\u202f", "\u2212", "\u2013"

WORDS: dict[Locale, dict[str, str]] = {
    "en": {
        "none": "(none)", "other": "Other", "yes": "yes", "no": "no", "new": "new", "pp": "pp", "metric": "Metric",
        "value": "Value", "unfinished": "unfinished", "few": "too few:", "week": "week of {}",
        "quarter": "Q{}", "half": "H{}", "went_on": "{} went on", "lost": "{} lost", "size": "Size", "net": "Net",
        "share": "Share", "in": "Came", "out": "Went", "joined": "Not there before", "left": "Not there after",
        "nobody": "none of these", "also": "also in",
        "now": "Now", "before": "Before", "change": "Change", "target": "Target",
        "median": "Median", "reached": "Up to here", "of_target": "{} of {}", "part": "Of the target", "after": "After",
    },
    "pt": {
        "none": "(nenhum)", "other": "Outros", "yes": "sim", "no": "não", "new": "novo", "pp": "p.p.",
        "metric": "Métrica", "value": "Valor", "unfinished": "incompleto", "few": "poucos:", "week": "semana de {}",
        "quarter": "T{}", "half": "S{}", "went_on": "{} seguiram", "lost": "{} perdidos",
        "size": "Tamanho", "net": "Saldo", "share": "Parcela", "in": "Entraram", "out": "Saíram",
        "joined": "Ausente antes", "left": "Ausente depois", "nobody": "nenhum destes", "also": "também em",
        "now": "Agora", "before": "Antes", "change": "Variação", "target": "Meta",
        "median": "Mediana", "reached": "Até aqui", "of_target": "{} de {}", "part": "Da meta", "after": "Depois",
    },
    "ru": {
        "none": "(нет)", "other": "Прочее", "yes": "да", "no": "нет", "new": "новое", "pp": "п.п.",
        "metric": "Показатель", "value": "Значение", "unfinished": "не завершено", "few": "мало:",
        "week": "неделя с {}", "quarter": "{} кв.", "half": "{} полуг.", "went_on": "дальше {}",
        "lost": "потеряно {}", "size": "Размер", "net": "Итог", "share": "Доля", "in": "Пришло", "out": "Ушло",
        "joined": "Не было", "left": "Не стало", "nobody": "ни в одном", "also": "также в",
        "now": "Сейчас", "before": "Раньше", "change": "Изменение", "target": "План",
        "median": "Медиана", "reached": "До этого", "of_target": "{} из {}", "part": "Выполнение", "after": "Потом",
    },
}  # fmt: skip
MONTHS: dict[Locale, tuple[str, ...]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "pt": ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"),
    "ru": ("янв", "фев", "мар", "апр", "май", "июнь", "июль", "авг", "сен", "окт", "ноя", "дек"),
}
MONTHS_OF_DAYS: dict[Locale, tuple[str, ...]] = {  # the 4th *of* July, which Russian inflects
    **MONTHS,
    "ru": ("янв", "фев", "мар", "апр", "мая", "июня", "июля", "авг", "сен", "окт", "ноя", "дек"),
}
WEEKDAYS: dict[Locale, tuple[str, ...]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "pt": ("seg", "ter", "qua", "qui", "sex", "sáb", "dom"),
    "ru": ("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
}
SEPARATORS: dict[Locale, tuple[str, str]] = {"en": (",", "."), "pt": (".", ","), "ru": (NNBSP, ",")}
SCALES: dict[Locale, tuple[str, str, str]] = {
    "en": ("k", "M", "B"),
    "pt": (f"{NBSP}mil", f"{NBSP}mi", f"{NBSP}bi"),
    "ru": (f"{NBSP}тыс.", f"{NBSP}млн", f"{NBSP}млрд"),
}
SYMBOLS = {
    "EUR": "€", "USD": "$", "GBP": "£", "BRL": "R$", "RUB": "₽", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "IDR": "Rp",
    "KZT": "₸", "TRY": "₺", "UAH": "₴", "PLN": "zł", "ILS": "₪", "KRW": "₩", "VND": "₫", "NGN": "₦",
}  # fmt: skip
