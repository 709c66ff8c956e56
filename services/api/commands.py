class Commands:
    pass
