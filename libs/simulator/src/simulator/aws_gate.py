"""Who may enter an AWS service: the accounts of its name, by their signatures."""

from collections.abc import Callable

from simulator.accounts import Account, Accounts, ProviderName
from simulator.aws_signature import Problem, claim_of, problem_of
from simulator.wire import Incoming

EXPLANATIONS: dict[Problem, str] = {
    "missing": "Request is missing Authentication Token",
    "incomplete": "Authorization header requires Credential, SignedHeaders and Signature parameters",
    "unknown-key": "The security token included in the request is invalid.",
    "expired": "Signature expired or not yet current",
    "scope": "Credential should be scoped to a valid region and to the correct service",
    "mismatch": "The request signature we calculated does not match the signature you provided.",
}


class Gate:
    """`extra` of an account: `region`, where it signs for that one alone."""

    def __init__(self, accounts: Accounts, name: ProviderName, service: str, clock: Callable[[], float]) -> None:
        self._accounts = accounts
        self._name = name
        self._service = service
        self._clock = clock

    def enter(self, request: Incoming) -> tuple[Account, str] | Problem:
        """The account and the region that it signed for, or why not."""
        claim = claim_of(request.headers)
        if isinstance(claim, str):
            return claim
        account = self._accounts.find(self._name, claim.access_key)
        if account is None:
            return "unknown-key"
        region = account.extra.get("region", "")
        problem = problem_of(claim, account.secret, region, self._service, request, self._clock())
        return problem or (account, claim.region)
