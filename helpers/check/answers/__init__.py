"""The reference answers: ordinary code, tested like any other. The notebooks do not repeat them."""
