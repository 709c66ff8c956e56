class Places:
    pass
