import copy
import pickle

import pytest
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import (
    RETRIABLE,
    Conflict,
    EtsError,
    Forbidden,
    Invalid,
    Kind,
    NotFound,
    Refused,
    RequestIdReused,
    StreamNotFound,
    Unavailable,
    reasons,
)

CLASS_OF_KIND = {
    Kind.INVALID: Invalid,
    Kind.NOT_FOUND: NotFound,
    Kind.CONFLICT: Conflict,
    Kind.REFUSED: Refused,
    Kind.FORBIDDEN: Forbidden,
    Kind.UNAVAILABLE: Unavailable,
}

SHARED_REASONS = {
    "MALFORMED_REQUEST": Kind.INVALID,
    "CREDIT_CODE_INVALID": Kind.INVALID,
    "PROVINCE_UNKNOWN": Kind.INVALID,
    "PRODUCT_INVALID": Kind.INVALID,
    "PERIOD_UNKNOWN": Kind.INVALID,
    "DECIMAL_INVALID": Kind.INVALID,
    "AS_OF_IN_FUTURE": Kind.INVALID,
    "PAGE_TOKEN_INVALID": Kind.INVALID,
    "STREAM_NOT_FOUND": Kind.NOT_FOUND,
    "CAPTURE_NOT_FOUND": Kind.NOT_FOUND,
    "BOOK_NOT_FOUND": Kind.NOT_FOUND,
    "REQUEST_ID_REUSED": Kind.CONFLICT,
    "CALENDAR_YEAR_UNKNOWN": Kind.REFUSED,
    "CLOCK_BACKWARDS": Kind.REFUSED,
    "SEAL_INVALID": Kind.REFUSED,
    "ROLE_FORBIDDEN": Kind.FORBIDDEN,
    "SCOPE_FORBIDDEN": Kind.FORBIDDEN,
    "TOKEN_INVALID": Kind.FORBIDDEN,
    "SAME_PERSON": Kind.FORBIDDEN,
    "DATABASE_UNAVAILABLE": Kind.UNAVAILABLE,
    "PEER_UNAVAILABLE": Kind.UNAVAILABLE,
}


@pytest.mark.parametrize(("reason", "kind"), SHARED_REASONS.items())
def test_shared_reason_is_permanent_and_of_its_kind(reason, kind):
    assert reasons()[reason].kind is kind
    assert reasons()[reason].reason == reason


def test_registry_of_reasons_cannot_be_written():
    with pytest.raises(TypeError):
        reasons()["X"] = EtsError  # type: ignore[index]


def test_error_carries_message_and_metadata_as_text():
    error = RequestIdReused("The request id came back.", request_id="r-1", attempts=2, message="kept")
    assert (str(error), error.message) == ("The request id came back.", "The request id came back.")
    assert error.metadata == {"request_id": "r-1", "attempts": "2", "message": "kept"}


def test_reason_used_twice_fails_where_the_class_is_made():
    with pytest.raises(BrokenClaim, match="REQUEST_ID_REUSED is the reason of"):
        type("Impostor", (Refused,), {"reason": "REQUEST_ID_REUSED"})
    assert reasons()["REQUEST_ID_REUSED"] is RequestIdReused


@pytest.mark.parametrize("reason", ["", "lower", "Two Words", "TRAILING_", "_LEADING", "9LIVES"])
def test_reason_outside_its_form_fails_where_the_class_is_made(reason):
    with pytest.raises(BrokenClaim, match="UPPER_SNAKE"):
        type("Misnamed", (Refused,), {"reason": reason})


def test_reason_without_a_kind_fails_where_the_class_is_made():
    with pytest.raises(BrokenClaim, match="one of the six kinds"):
        type("Kindless", (EtsError,), {"reason": "KINDLESS"})


def test_rebuild_gives_the_class_of_the_reason():
    rebuilt = EtsError.rebuild(Kind.NOT_FOUND, "STREAM_NOT_FOUND", "No such stream.", {"stream": "a"})
    assert type(rebuilt) is StreamNotFound
    assert (rebuilt.message, rebuilt.metadata) == ("No such stream.", {"stream": "a"})


@pytest.mark.parametrize(("kind", "cls"), CLASS_OF_KIND.items())
def test_rebuild_of_an_unknown_reason_gives_the_class_of_the_kind(kind, cls):
    rebuilt = EtsError.rebuild(kind, "ONLY_KNOWN_ELSEWHERE", "No.", {})
    assert type(rebuilt) is cls
    assert (rebuilt.kind, rebuilt.reason) == (kind, "ONLY_KNOWN_ELSEWHERE")
    assert cls.reason == ""


def test_rebuild_of_a_reason_under_another_kind_keeps_what_the_sender_said():
    rebuilt = EtsError.rebuild(Kind.REFUSED, "STREAM_NOT_FOUND", "No.", {})
    assert type(rebuilt) is Refused
    assert rebuilt.reason == "STREAM_NOT_FOUND"


def test_rebuild_does_not_call_a_constructor_of_its_own():
    class OwnConstructor(Refused):
        reason = "OWN_CONSTRUCTOR_OF_A_TEST"

        def __init__(self, *, quantity_tco2e: int) -> None:
            super().__init__("Too much.", quantity_tco2e=quantity_tco2e)

    sent = OwnConstructor(quantity_tco2e=3)
    rebuilt = EtsError.rebuild(sent.kind, sent.reason, sent.message, sent.metadata)
    assert type(rebuilt) is OwnConstructor
    assert rebuilt.metadata == {"quantity_tco2e": "3"}


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_error_survives_a_copy(again):
    error = again(StreamNotFound("No such stream.", stream="a"))
    assert (type(error), error.message, error.metadata) == (
        StreamNotFound,
        "No such stream.",
        {"stream": "a"},
    )


def test_every_kind_says_whether_it_is_retriable_and_only_unavailable_is():
    assert set(RETRIABLE) == set(Kind)
    assert [kind for kind, retriable in RETRIABLE.items() if retriable] == [Kind.UNAVAILABLE]
