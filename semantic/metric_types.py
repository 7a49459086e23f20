"""What a metric's values are: numbers, texts, dates; and which changes such values have."""

from semantic.catalogue import Aggregate, Catalogue, Comparison, Each, New, Rolling, Snapshot, ToDate
from semantic.conditions import classify_type
from semantic.errors import Problem, Refused
from semantic.newness import read_kind


def classify_metric(catalogue: Catalogue, name: str) -> str:
    """The family of a metric's values, as `classify_type` tells it; what is worked out of others is a number."""
    metric = catalogue.metrics[name]
    match metric:
        case Aggregate() | Snapshot():
            type_ = catalogue.bound.metric_types.get(name, "")
            return classify_type(type_) if type_ else "number"
        case Rolling():
            return classify_metric(catalogue, metric.rolling)
        case ToDate():
            return classify_metric(catalogue, metric.to_date)
        case Each():
            return classify_metric(catalogue, metric.each)
        case New():
            return classify_metric(catalogue, read_kind(metric)[1])
        case Comparison() if metric.as_ == "value":
            return classify_metric(catalogue, metric.compare)
        case _:
            return "number"


def check_change(catalogue: Catalogue, name: str, shown: str, how: str) -> None:
    """Raises Refused where the metric's values have no difference, or no ratio. `shown` is what asks for it."""
    family = classify_metric(catalogue, name)
    if how == "value" or family in ("number", "other") or (how == "delta" and family == "date"):
        return
    what = {"date": "a date", "text": "a text", "boolean": "true or false"}.get(family, "a time")
    lacks = "ratio" if how == "change" else "difference"
    plain = shown.partition("(")[0]
    remedy = f"Ask {plain}(value), or {plain}(delta), in days" if family == "date" else f"Ask {plain}(value)"
    if "~" not in shown:
        remedy = "as: value or as: delta would do" if family == "date" else "as: value would do"
    raise Refused([Problem("metric", f"{name} is {what}, so {shown} has no {lacks} to tell", remedy)])
