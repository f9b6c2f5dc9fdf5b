from tests.learner import *  # noqa: F403 - the fixtures
