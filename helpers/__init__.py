"""What the notebooks import.

lab: the internet in the kernel. wire: what is said on a wire, as values. mail: a letter and its evidence. check:
predictions, checks and hints. show: pictures. course: the learner's working copy. doctor: is this machine ready.
"""
