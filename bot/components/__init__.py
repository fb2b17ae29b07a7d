"""Graph components of the pipeline in config.yml, and the models they stand on.

Models here are written as npz and JSON, never pickle: a model file is data that arrives
over a network, and unpickling it would run whatever it says.
"""
