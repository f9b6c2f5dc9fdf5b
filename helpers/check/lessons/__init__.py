"""One module a notebook: its predictions and exercises as plain data, with small judges."""
