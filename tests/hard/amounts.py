"""How much of the hard use is done: little by default, for CI; all of it by hand.

MAIL_COURSE_SEEDS=20 MAIL_COURSE_PASSES=20 MAIL_COURSE_KERNELS=8 MAIL_COURSE_INPUTS=100000 pytest tests/hard
MAIL_COURSE_ALONE=15 MAIL_COURSE_BINDER=15 pytest tests/hard/test_networks.py      every notebook in these networks
"""

import os


def amount(name: str, default: int) -> int:
    """Return how much of something is done (an int): what MAIL_COURSE_<name> says, else the default."""
    return int(os.environ.get(f"MAIL_COURSE_{name}", default))
