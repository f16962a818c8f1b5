"""How long the machines are run."""

import os

from hypothesis import Phase, settings

# More of them tell more; see docs/operations.md.
EXAMPLES = int(os.environ.get("ETS_PROPERTY_EXAMPLES", "15"))
STEPS = 40
# Making a failing course shorter takes minutes, which whoever asks for many examples has.
PHASES = [phase for phase in Phase if phase is not Phase.shrink or "ETS_PROPERTY_EXAMPLES" in os.environ]

LONG = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, phases=PHASES)
# For a model that is wrong.
SHORT = settings(max_examples=20, stateful_step_count=10, database=None, phases=[Phase.generate])
