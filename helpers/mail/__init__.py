"""What one does with letters once they have been carried: where has a letter been, and who really sent it?"""

from helpers.mail.authentication_results import AuthenticationResults, Result, read_results, remove_forged
from helpers.mail.dkim_key import Key, make_key, quoted
from helpers.mail.dmarc import Record, aligned, names_to_ask, organizational_domain, policy_record, tree_walk
from helpers.mail.dmarc_check import DMARC, NoAuthor, author_domain, check_dmarc, lab_txt
from helpers.mail.hops import Hop, Journey, NoHops, read_hops
from helpers.mail.receiver import Receiver, Verdict, judge
from helpers.mail.relays import forwarder, mailing_list
from helpers.mail.report import BadReport, Report, aggregate_report, read_report
from helpers.mail.signatures import Signature, Signatures, sign_dkim, verify_dkim
from helpers.mail.spf import SPF, check_helo, check_spf
from helpers.mail.verdict import dmarc_verdict

__all__ = ["DMARC", "SPF", "AuthenticationResults", "BadReport", "Hop", "Journey", "Key", "NoAuthor", "NoHops"]
__all__ += ["Receiver", "Record", "Report", "Result", "Signature", "Signatures", "Verdict", "aggregate_report"]
__all__ += ["aligned", "author_domain", "check_dmarc", "check_helo", "check_spf", "dmarc_verdict", "forwarder", "judge"]
__all__ += ["lab_txt", "mailing_list", "make_key", "names_to_ask", "organizational_domain", "policy_record", "quoted"]
__all__ += ["read_hops", "read_report", "read_results", "remove_forged", "sign_dkim", "tree_walk", "verify_dkim"]
