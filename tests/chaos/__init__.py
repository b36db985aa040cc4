"""Seeded chaos: the whole product, real servers, everything going wrong, and a checker that knows.

    python -m chaos run --seed 1 --jobs 2000 --faults 200   the product under a schedule of faults
    python -m chaos mutants                                 twelve broken builds, each to be caught

`schedule` is a function of the seed. `fleet` starts two of each service with a proxy on every
edge and restarts what dies; `inflict` carries the schedule out; `customers` use the product and
write down what they were told; `check` then compares what the tables, the store, the ledgers and
the customers say.
"""
