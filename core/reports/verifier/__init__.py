"""The parts of `verify.py`: standard library only, nothing of this product, Python 3.9 or newer."""
