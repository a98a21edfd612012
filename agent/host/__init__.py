"""Where machines differ: schedule, event log, folders, secrets, who may read a file.

Every module can be imported anywhere; what exists on one system only is refused with a sentence
when it is called elsewhere. The system is asked by `sys.platform`: `platform.system()` can take
ten seconds on a Windows machine without WMI rights (cpython #112278).
"""
