class Readiness:
    pass
