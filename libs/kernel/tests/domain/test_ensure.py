import pytest
from ets_kernel.domain.ensure import BrokenClaim, ensure
from ets_kernel.domain.errors import EtsError


def test_kept_claim_passes():
    ensure(1 + 1 == 2, "Sums are right")


def test_broken_claim_says_what_must_hold_and_is_no_refusal():
    with pytest.raises(BrokenClaim, match="Sums are right") as caught:
        ensure(1 + 1 == 3, "Sums are right")
    assert not isinstance(caught.value, EtsError)
