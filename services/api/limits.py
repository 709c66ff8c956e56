class Limits:
    pass
