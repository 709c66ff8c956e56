class Repeats:
    pass
