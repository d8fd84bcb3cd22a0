"""Who has to have signed a report, and who counts as one person: each role asks for somebody of its own."""

from __future__ import annotations

import pytest

from gate import verify
from gate.signature import Signer
from gate.standing import Signed
from gate.verify import DoesNotStand

ADA, BEN = Signer(("tech-lead:ada",), "SHA256:1"), Signer(("qa-lead:ben",), "SHA256:2")
CLEO = Signer(("Product_Manager:cleo", "QA Lead:cleo"), "SHA256:3")

ROLES: dict[str, tuple[tuple[Signer, ...], list[str], bool, str]] = {
    "none asked": ((), [], False, ""),
    "each by one": ((ADA, BEN), ["Tech Lead", "qa_lead"], False, ""),
    "nobody": ((), ["QA Lead"], False, "nobody has signed it as QA Lead"),
    "nobody in two": ((ADA,), ["QA Lead", "Tech Lead", "DevOps"], True, "nobody has signed it as QA Lead or as DevOps"),
    "one for both": (
        (CLEO,),
        ["Product Manager", " QA  lead "],
        False,
        "it needs as many signers as roles: Product Manager and  QA  lead  are not filled by different people",
    ),
    "one for both, who may": ((CLEO,), ["Product Manager", "QA Lead"], True, ""),
    "one of two is free for it": ((CLEO, BEN), ["QA Lead", "Product Manager"], False, ""),
    "the same role twice": (
        (BEN, ADA),
        ["QA Lead", "QA Lead"],
        False,
        "it needs as many signers as roles: QA Lead and QA Lead are not filled by different people",
    ),
}


@pytest.mark.parametrize(("signers", "roles", "several", "said"), ROLES.values(), ids=ROLES)
def test_each_role_is_filled_by_a_person_of_its_own(
    signers: tuple[Signer, ...], roles: list[str], several: bool, said: str
) -> None:
    signed = [Signed(f"{number}.sig", signer, trusted=True) for number, signer in enumerate(signers)]

    if said:
        with pytest.raises(DoesNotStand) as caught:
            verify._filled(roles, signed, several)
        assert str(caught.value) == said
    else:
        verify._filled(roles, signed, several)


@pytest.mark.parametrize(
    ("signer", "names", "roles", "shown"),
    [
        (ADA, ("ada",), ("tech-lead",), "tech-lead:ada (SHA256:1)"),
        (CLEO, ("cleo",), ("Product_Manager", "QA Lead"), "Product_Manager:cleo, QA Lead:cleo (SHA256:3)"),
        (Signer(("dan", "a:b:eve"), "SHA256:4"), ("dan", "eve"), ("a:b",), "dan, a:b:eve (SHA256:4)"),
        (Signer((), "SHA256:5"), (), (), "SHA256:5"),
    ],
)
def test_signer_has_the_names_and_roles_of_their_principals(
    signer: Signer, names: tuple[str, ...], roles: tuple[str, ...], shown: str
) -> None:
    assert (signer.names, signer.roles, str(signer)) == (names, roles, shown)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Signer(("qa-lead:ben",), "SHA256:1"), True),
        (Signer(("qa-lead: ADA ",), "SHA256:2"), True),
        (Signer(("x", "ada"), "SHA256:2"), True),
        (Signer(("qa-lead:ad",), "SHA256:2"), False),
        (Signer((), "SHA256:2"), False),
        (Signer(("ada:tech-lead",), "SHA256:2"), False),
    ],
)
def test_person_is_known_by_key_or_name(other: Signer, same: bool) -> None:
    assert ADA.is_same_person(other) is other.is_same_person(ADA) is same
