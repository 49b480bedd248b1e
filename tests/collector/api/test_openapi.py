"""What is published about the API, for those who write a player of their own."""

import re

import pytest
from django.test import Client


@pytest.fixture
def described():
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def references(value):
    """Every `$ref` in a description."""
    if isinstance(value, dict):
        here = [value["$ref"]] if "$ref" in value else []
        return here + [r for item in value.values() for r in references(item)]
    return [r for item in value for r in references(item)] if isinstance(value, list) else []


def test_every_reference_leads_somewhere(described):
    for reference in references(described):
        place = described
        for key in reference.removeprefix("#/").split("/"):
            place = place[key]


def test_every_call_says_who_may_make_it_and_how_it_is_refused(described):
    for path in described["paths"].values():
        for call in path.values():
            assert call["security"]
            assert call["summary"]
            refused = call["responses"]["409"]["content"]["application/json"]["schema"]
            assert refused["$ref"].endswith("/Refusal")


def test_a_chunk_is_described_with_all_its_columns(described):
    call = described["paths"]["/api/v1/trials/{trial_id}/chunks/{n}"]["put"]
    chunk = call["requestBody"]["content"]["application/json"]["schema"]
    assert set(chunk["properties"]["samples"]["properties"]) == {"t_us", "x_cpx", "y_cpx", "kind"}


def test_the_page_about_it_needs_no_other_host():
    page = Client().get("/api/v1/docs")
    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert addresses
    assert all(address.startswith(("/static/", "data:")) for address in addresses)
    assert not re.search(rb"<script(?![^>]*src=)(?![^>]*application/json)", page.content)


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_a_call_that_is_none_is_refused_as_json(method):
    answer = getattr(Client(), method)("/api/v1/trials/none/such")
    assert (answer.status_code, answer.json()["code"]) == (404, "call_unknown")
