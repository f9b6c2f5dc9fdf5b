"""Judges of the exercises in code, one module a notebook; they are imported in the child process only."""
