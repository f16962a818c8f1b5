import sys
from pathlib import Path

import pytest
from consistency_checker.adapters.db.tables import metadata as checker_metadata
from sqlalchemy import MetaData

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def metadata() -> MetaData:
    """The checker's tables in `database`."""
    return checker_metadata
