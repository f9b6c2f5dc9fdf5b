"""Reference answers of notebook 04, the letter itself."""

who_receives = ["support@outlook.test", "grace@outlook.test"]


def no_injection(text):
    if "\r" in text or "\n" in text:
        raise ValueError("a header field holds no line end")
    return text


def write_letter(sender, to, subject, body, cc=(), bcc=()):
    header = [f"From: {no_injection(sender)}", f"To: {no_injection(', '.join(to))}"]
    if cc:
        header.append(f"Cc: {no_injection(', '.join(cc))}")
    header.append(f"Subject: {no_injection(subject)}")
    lines = [*header, "", *body.removesuffix("\n").split("\n"), ""]
    return "\r\n".join(lines).encode(), [*to, *cc, *bcc]


hops = ["smtp.gmail.test", "out.gmail.test", "mx2.outlook.test", "mx1.outlook.test"]

waited_at = "mx2.outlook.test"

dahlias = 3
