"""What the documents' tests share."""
import pytest

import nginx
from postgres import NotHere


@pytest.fixture
def check():
    """nginx.check(), which a test without an nginx does not get to."""
    try:
        nginx.program()
    except NotHere as reason:
        pytest.skip(str(reason))
    return nginx.check
