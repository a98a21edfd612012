"""The steps of a run (collect, evaluate, report, deliver), and commands that use one of them."""
