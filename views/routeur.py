"""Bottle's table of routes, compiled once all of them are said."""
from bottle import Router


class LateRouter(Router):
    """Bottle's, which compiles all the rules of a method again after each one: half the start of any command."""

    def _compile(self, method):
        """Not yet: others are to come."""
        self.dyna_regexes.pop(method, None)

    def compile_rules(self):
        for method in self.dyna_routes.keys() - self.dyna_regexes.keys():
            super()._compile(method)
