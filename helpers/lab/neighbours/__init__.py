"""Letters between learners: labs of several kernels, joined by a meeting place on the same machine.

    flowers.py   the names and addresses that learners have for one another
    talk.py      one line of JSON, and octets that pass both ways
    meeting.py   the meeting place: a process that runs the root, test. and class.test, and lets letters through
    class_clock.py, shares.py, knock.py, note.py
                 what else it has: the class's clock, what was shared with the board, whose server answers, and what
                 the next one has to know if it crashes
    places.py    where it is: a hub's service, or one that the first kernel starts
    joined.py    a lab that has joined

Whatever comes from another lab is a stranger's. Its size, rate and length of stay have limits, whose voice it is says
the meeting place and not the sender, and a lab takes it in only by its own name and mail server.
"""
