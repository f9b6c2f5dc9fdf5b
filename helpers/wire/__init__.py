"""What is said on a wire, as plain values: a DNS message, an SMTP reply, a transcript of both sides."""

from helpers.wire.dns_message import Edns, Field, MalformedMessage, Message, Question, ResourceRecord
from helpers.wire.smtp_reply import MalformedReply, Reply, ReplyReader
from helpers.wire.transcript import Line, Transcript

__all__ = ["Edns", "Field", "Line", "MalformedMessage", "MalformedReply", "Message", "Question", "ResourceRecord"]
__all__ += ["Reply", "ReplyReader", "Transcript"]
