"""The health report of a domain (notebook 14): `report` makes one, `domains` has some to try it on."""

from helpers.health.asking import Asking as Asking
from helpers.health.asking import Reply as Reply
from helpers.health.checks import report as report
from helpers.health.report import Line as Line
from helpers.health.report import Report as Report
from helpers.health.second import second_opinion as second_opinion
