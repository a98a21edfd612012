"""What differs between systems: schedule, event log, folders, secrets, file permissions.

Every module can be imported on any system; functions that exist on one system only raise an error
elsewhere. The system is `sys.platform`: `platform.system()` can take ten seconds on a Windows
machine without WMI rights (cpython #112278).
"""
