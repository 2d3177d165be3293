"""Values of attributes, as DynamoDB writes them in JSON and as Python has them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Context, Decimal, Inexact, Overflow, Rounded, Underflow
from typing import Any

Item = dict[str, Any]

# Nothing is rounded: a number that DynamoDB would refuse is refused here.
_EXACT = Context(prec=38, Emin=-128, Emax=126, traps=[Inexact, Overflow, Rounded, Underflow])


def read(attribute: Mapping[str, Any]) -> Any:
    """A value as boto3's tables give it: numbers are `Decimal`, sets are sets."""
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return Decimal(value)
        case "B":
            return base64.b64decode(value)
        case "NULL":
            return None
        case "SS":
            return set(value)
        case "NS":
            return {Decimal(number) for number in value}
        case "BS":
            return {base64.b64decode(part) for part in value}
        case "L":
            return [read(element) for element in value]
        case "M":
            return read_item(value)
    return value


def read_item(item: Mapping[str, Mapping[str, Any]]) -> Item:
    """An item."""
    return {name: read(value) for name, value in item.items()}


def write(value: Any) -> dict[str, Any]:
    """A value as DynamoDB is sent it. Raises `TypeError` where it has no such type."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | float() | Decimal():
            return {"N": _number(value)}
        case bytes() | bytearray():
            return {"B": base64.b64encode(value).decode()}
        case Mapping():
            return {"M": write_item(value)}
        case list() | tuple():
            return {"L": [write(element) for element in value]}
        case set() | frozenset() if value:
            kinds = [write(element) for element in value]
            for kind in ("S", "N", "B"):
                if all(kind in element for element in kinds):
                    return {f"{kind}S": [element[kind] for element in kinds]}
    raise TypeError(f"DynamoDB has no type for {value!r}")


def write_item(item: Mapping[str, Any]) -> Item:
    """An item."""
    return {name: write(value) for name, value in item.items()}


def _number(value: float | Decimal) -> str:
    # A float's shortest text: what its author wrote.
    text = str(value) if isinstance(value, float) else value
    return str(_EXACT.create_decimal(text))
