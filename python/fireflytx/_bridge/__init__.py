"""The way to the Java engine: its process (`java`, `child`, `process`, `jvm`) and its wire (the rest).

Only this package knows py4j and starts processes; the rest of the SDK sees neither.
"""
