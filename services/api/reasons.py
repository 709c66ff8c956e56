class Reasons:
    pass
