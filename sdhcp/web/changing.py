"""Who may change something, and by whose will a request for it comes."""

from collections.abc import Mapping
from typing import Any

from .access import OPERATOR
from .asked import form_of
from .origin import FIELD, HEADER, Tokens, is_own
from .visit import Problem, visit_of


def see_that_it_may(request: Any, tokens: Tokens) -> None:
    """See that a program's request may change something: an operator's, and no other site has made a browser send it.

    :raises Problem: if not.
    """
    question, caller = visit_of(request)
    if caller.role != OPERATOR:
        raise Problem(403, f"{caller.name} may look, and change nothing.")
    has_token = tokens.is_good(question.headers.get(HEADER, ""), caller.name)
    if not caller.by_token and not (is_own(question) and has_token):
        raise Problem(403, f"This wants a token of WEB_API_TOKENS, or the {HEADER} of /api/v1/session.")


def posted(request: Any, tokens: Tokens) -> Mapping[str, str]:
    """The fields of a form of ours, each with its first value.

    :raises Problem: if it may not change anything, or comes from elsewhere.
    """
    question, caller = visit_of(request)
    try:
        form = {name: values[0] for name, values in form_of(request).items()}
    except ValueError:
        raise Problem(400, "The form has too many fields.") from None
    if caller.role != OPERATOR:
        raise Problem(403, f"{caller.name} may look, and change nothing.")
    if not is_own(question) or not tokens.is_good(form.get(FIELD, ""), caller.name):
        raise Problem(403, "This was not asked for by a page of this console, or that page is too old.")
    return form
