"""The batch oracle: the whole state that Cadastre must come to, computed at once, slowly and plainly, from the input.

It shares the scoring of pairs, the match pool of a record, and `compile` and `decide` of assign with the services, and
nothing else; how records fold, link, form clients and find their parents is written again here. Give it every event in
any order. What depends on arrival it refuses (events without a version) or leaves out (rejections, forgotten deletes).
"""

from tests.support.oracle.differing import differences
from tests.support.oracle.expecting import Expected, expected

__all__ = ["Expected", "differences", "expected"]
