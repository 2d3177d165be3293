import pytest

from dynatape.pydynox import *  # noqa: F403 - instead of the fixtures that come with pydynox


@pytest.fixture
def pydynox_seed():
    return {
        "users": [
            {"pk": "USER#1", "sk": "PROFILE", "name": "Admin", "role": "admin", "age": 40},
            {"pk": "USER#2", "sk": "PROFILE", "name": "User", "role": "user", "age": 20},
        ]
    }
