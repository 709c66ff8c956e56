class Warehouse:
    pass
