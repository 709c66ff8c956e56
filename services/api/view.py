class View:
    pass
