"""One run, step by step: collect, judge, report, deliver. Each step can be taken alone."""
