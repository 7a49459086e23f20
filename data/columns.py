"""numpy -> Arrow: one function per type of column, NULLs included."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.world import NEVER, Flags, Ints


def make_texts(codes: NDArray[np.integer], values: Sequence[str]) -> pa.Array:
    """Return the text of each code; a negative code is NULL."""
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32), mask=codes < 0), pa.array(values, pa.string())
    )


def make_ints(values: NDArray[np.integer], type: str = "int32", null: Flags | None = None) -> pa.Array:
    """Return whole numbers of an Arrow type; NULL where `null`, or where it isn't given and the value is negative."""
    return pa.array(values.astype(type), mask=values < 0 if null is None else null)


def make_flags(codes: NDArray[np.int8]) -> pa.Array:
    """Return booleans of 0 and 1; a negative code is NULL."""
    return pa.array(codes == 1, mask=codes < 0)


def make_moments(seconds: Ints) -> pa.Array:
    """Return UTC seconds as timestamps without a zone; NEVER is NULL."""
    never = seconds == NEVER
    return pa.array(np.where(never, 0, seconds).astype("datetime64[s]").astype("datetime64[us]"), mask=never)


def make_days(days: Ints) -> pa.Array:
    """Return days since 1970 as dates; NEVER is NULL."""
    never = days == NEVER
    return pa.array(np.where(never, 0, days).astype("datetime64[D]"), mask=never)


def make_money(units: Ints, decimals: int = 2, null: Flags | None = None) -> pa.Array:
    """Return whole units of 10**-decimals as DECIMAL(12, decimals); NULL where `null`."""
    return pa.array(units, mask=null).cast(pa.decimal128(19, 0)).view(pa.decimal128(12, decimals))
