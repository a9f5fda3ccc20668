"""The tiny company, for every test of this folder that asks for it."""

import pytest

from tests.access.small_company import SmallCompany, small_company


@pytest.fixture
def tiny(db: None) -> SmallCompany:
    return small_company()
