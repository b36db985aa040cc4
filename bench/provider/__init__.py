"""The other side of every contender: RunPod and an object store in one light process.

Both answer as the real ones do on the wire and do as little as they can behind it, so that what
is measured is the contender: a job is done 200 ms after it came, unless it is to take longer, with
a picture made beforehand, and an object is a number of bytes.
"""
