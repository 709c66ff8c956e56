class Clients:
    pass
