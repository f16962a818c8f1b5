"""Claims about our own work. A broken claim is a bug in the code, never a refusal to a caller.

Unlike `assert`, a claim is never stripped from the program.
"""


class BrokenClaim(Exception):
    """The program is wrong: something that must hold does not hold."""


def ensure(condition: bool, claim: str) -> None:
    """Raise BrokenClaim with the claim, one positive sentence, unless the condition holds."""
    if not condition:
        raise BrokenClaim(claim)
