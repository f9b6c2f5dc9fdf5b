"""What is said on a wire, as plain values: a DNS message, an SMTP reply, a transcript of both sides."""

from helpers.wire.dns_message import Edns, Field, MalformedMessage, Message, Question, ResourceRecord
from helpers.wire.pieces import Pieces
from helpers.wire.smtp_reply import MalformedReply, Reply, ReplyReader
from helpers.wire.transcript import Line, Transcript

__all__ = ["Edns", "Field", "Line", "MalformedMessage", "MalformedReply", "Message", "Pieces", "Question"]
__all__ += ["ResourceRecord", "Reply", "ReplyReader", "Transcript"]
