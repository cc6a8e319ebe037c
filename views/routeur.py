"""Bottle's table of routes, compiled once all of them are said: the order in which they are changes nothing."""
from bottle import Router


class LateRouter(Router):
    """Bottle's, which compiles all the rules of a method again after each one: half the start of any command."""

    def _compile(self, method):
        """Not yet: others are to come."""
        self.dyna_regexes.pop(method, None)

    def compile_rules(self):
        """A rule that takes any path (« <reste:path> ») answers what no other one does."""
        for method in self.dyna_routes.keys() - self.dyna_regexes.keys():
            self.dyna_routes[method].sort(key=lambda route: ':path>' in route[0])
            super()._compile(method)
