"""An account as its owner sees it."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.db.accounts import Account


class AccountView(BaseModel):
    """An account and its credits."""

    model_config = ConfigDict(
        title="Account",
        json_schema_extra={
            "example": {
                "id": "019a0f6c-2b7d-7c53-a1f0-e4b6c8d2a913",
                "kind": "guest",
                "balance_credits": 100,
                "held_credits": 2,
                "available_credits": 98,
            }
        },
    )

    id: UUID
    kind: str
    balance_credits: int
    held_credits: int
    """Set aside for jobs that have not ended."""
    available_credits: int


def account_view(account: Account) -> AccountView:
    """Return what the owner sees."""
    return AccountView(
        id=account.id,
        kind=account.kind,
        balance_credits=account.balance_credits,
        held_credits=account.held_credits,
        available_credits=account.available_credits,
    )
