class Gate:
    pass
