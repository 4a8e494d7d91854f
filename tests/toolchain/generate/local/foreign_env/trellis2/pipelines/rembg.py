class BiRefNet:
    def __init__(self, model_name):
        raise AssertionError("the cut-out network is loaded")
