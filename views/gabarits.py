"""The templates, compiled once: a process that starts finds them beside the compiled sources, when those may be written
(`installer` does it for the service, which may not); else it compiles what it shows, as ever.
"""
import contextlib
import hashlib
import os
import pkgutil
import sys

import jinja2

# What a compiled template owes to more than its own text: Jinja2, the filters and the settings it was compiled with.
MOULE = jinja2.__version__ + ''.join(
    hashlib.sha256(pkgutil.get_data(paquet, nom)).hexdigest()
    for paquet, nom in (('views', '__init__.py'), ('langue', 'langue.py')))


class Compiles(jinja2.FileSystemBytecodeCache):
    """Each knows of which text it was made: it is never older than its template."""

    def __init__(self):
        super().__init__(os.path.dirname(__spec__.cached), f'%s.{sys.implementation.cache_tag}.gabarit')

    def get_cache_key(self, name, filename=None):
        return super().get_cache_key(name)                          # wherever the program has been put

    def get_source_checksum(self, source):
        return super().get_source_checksum(MOULE + source)

    def load_bytecode(self, bucket):
        try:
            super().load_bytecode(bucket)
        except Exception:                                           # in a single file; cut by a power failure
            bucket.reset()

    def dump_bytecode(self, bucket):
        if not sys.dont_write_bytecode:
            with contextlib.suppress(OSError):
                super().dump_bytecode(bucket)
