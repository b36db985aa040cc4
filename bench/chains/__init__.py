"""The same three stages on each stack: what runs inside a contender's processes.

`stages` and `gevent_stages` are the work itself, one for asyncio and one for gevent. Each of the
others is a stack around it, with as little of its own as the stack allows, and can be started
as a worker and as an intake, which hands jobs in.
"""
