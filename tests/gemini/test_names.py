"""Names of fields: either spelling is read, one is written."""

from __future__ import annotations

import pytest

from voice_actors.gemini import names


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("mimeType", "mimeType"),
        ("mime_type", "mimeType"),
        ("automatic_activity_detection", "automaticActivityDetection"),
        ("top_p", "topP"),
        ("field_1", "field1"),
        ("parameters_json_schema", "parametersJsonSchema"),
    ],
)
def test_names_become_camel_case(given, expected):
    """A field may be spelled as in the .proto or as in JSON."""
    assert names.camel(given) == expected


def test_names_are_changed_at_every_depth_but_not_in_free_form_objects():
    """What a user chose (arguments, answers, schemas, labels, property names) keeps its spelling and its nulls."""
    given = {
        "tool_response": {
            "function_responses": [{"response": {"my_key": {"in_ner": None}}, "will_continue": None}],
        },
        "setup": {
            "labels": {"my_team": "x"},
            "tools": [
                {
                    "function_declarations": [
                        {
                            "parameters": {"properties": {"my_city": {"max_length": 3, "example": {"a_b": 1}}}},
                            "response": {"properties": {"out_put": {"min_length": 1}}, "any_of": [{"max_items": 1}]},
                            "parameters_json_schema": {"properties": {"a_b": {"max_length": 1}}},
                            "response_json_schema": {"a_b": None},
                        }
                    ]
                }
            ],
        },
        "part_metadata": {"a_b": 1},
        "args": {"a_b": {"c_d": 1}},
    }
    assert names.canonical(given) == {
        "toolResponse": {"functionResponses": [{"response": {"my_key": {"in_ner": None}}}]},
        "setup": {
            "labels": {"my_team": "x"},
            "tools": [
                {
                    "functionDeclarations": [
                        {
                            "parameters": {"properties": {"my_city": {"maxLength": 3, "example": {"a_b": 1}}}},
                            "response": {"properties": {"out_put": {"minLength": 1}}, "anyOf": [{"maxItems": 1}]},
                            "parametersJsonSchema": {"properties": {"a_b": {"max_length": 1}}},
                            "responseJsonSchema": {"a_b": None},
                        }
                    ]
                }
            ],
        },
        "partMetadata": {"a_b": 1},
        "args": {"a_b": {"c_d": 1}},
    }


def test_the_canonical_spelling_wins():
    """Where both spellings are there, in whichever order, camelCase counts."""
    assert names.canonical({"top_p": 1, "topP": 2}) == {"topP": 2}
    assert names.canonical({"topP": 2, "top_p": 1}) == {"topP": 2}
