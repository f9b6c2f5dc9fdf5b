"""Reference answer of notebook 11, the first stage of keep."""

import json
import os
import uuid


def keep_killed(folder, envelope, letter):
    item = folder / f"{uuid.uuid4()}.json"
    part = folder / f"{item.stem}.part"
    for path, content in ((item.with_suffix(".eml"), letter), (item, json.dumps(envelope).encode())):
        part.write_bytes(content)
        os.replace(part, path)
    return item
