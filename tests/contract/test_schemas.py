"""The committed contract is the one in the types, and every value that was ever written still reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import jsonschema
import msgspec
import pytest

from schemas.codec import BESIDE, VALUE_TYPES, decoder, encode
from schemas.generate import documents
from schemas.reference import Reference
from schemas.topics import REJECTED, TOPICS

SCHEMAS = Path("schemas")
GENERATED = SCHEMAS / "generated"
EXAMPLES = sorted((SCHEMAS / "examples").glob("*/*.json"))


def test_the_generated_schemas_are_those_of_the_types() -> None:
    committed = {path.name: path.read_text() for path in GENERATED.iterdir()}
    assert committed == documents(), "run `make schemas` and commit what it writes"


def test_every_type_of_value_has_an_example() -> None:
    assert {path.parent.name for path in EXAMPLES} == VALUE_TYPES.keys()
    assert VALUE_TYPES.keys() - {name for beside in BESIDE.values() for name in beside} == TOPICS.keys() - {
        REJECTED.name
    }


def test_every_kind_of_statement_has_an_example() -> None:
    kinds = {one.__struct_config__.tag for one in get_args(Reference)}
    assert {path.stem for path in EXAMPLES if path.parent.name == "reference"} == kinds


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_example_decodes_validates_and_says_the_same_when_encoded_again(path: Path) -> None:
    topic, text = path.parent.name, path.read_bytes()
    value = decoder(VALUE_TYPES[topic]).decode(text)
    jsonschema.validate(json.loads(text), json.loads((GENERATED / f"{topic}.v1.json").read_text()))
    assert json.loads(encode(value)) == json.loads(text)


@pytest.mark.parametrize("topic", sorted(VALUE_TYPES))
def test_a_field_of_the_wrong_type_is_refused(topic: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoder(VALUE_TYPES[topic]).decode(b'"not an object"')
