"""The acts on a demande, a family a file: each act is one Geste (views/demande/geste.py), with the fields of its form,
what the base says of them, and what its verb takes. gestes.py holds them all.
"""
