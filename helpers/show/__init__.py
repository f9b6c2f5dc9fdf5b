"""Pictures and interactive views of what the other packages hold. Nothing below imports it."""
