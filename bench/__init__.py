"""One chain of work on several stacks, side by side: `make bench`.

    python -m bench --rounds 3 --only raw,taskiq

A job is submitted to the provider, waited for, fetched, put into a store and marked done. Every
hand-over on the way is durable, confirmed and acknowledged late, every stage is one row update,
and two worker processes do the work. `arena` starts the servers and the provider, a `Contender`
does the work, `share` measures one contender once, and `campaign` takes them in turn, so that a
machine that slows down slows all of them.
"""
