"""
EDI Gateway: a customer's order file in, every answer out, with nobody touching it.

The main path is one file, `edi_gateway/pipeline.py`: take in, process, deliver. Each ends in
one commit to the ledger (`store/`), and from that one promise follows: an accepted file is never
lost, never processed twice, and always answered.
"""

__version__ = "0.1.0"
