"""What is done, whoever asks: a page, a command, the carrier. No HTTP, no HTML.

A module holds the verbs of one noun. A verb refuses (models.Refus, and nothing is written), then changes, then writes
the journal, then the mails. Imports inside this folder go one way (tests/maison/test_maison.py has the order).
"""
