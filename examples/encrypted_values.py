"""A registration whose password is encrypted in the journal, masked for people, and plain for its step alone.

The key is changed after the first run; the second program reads what the first one wrote.
"""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import Any

from command import run
from pydantic import BaseModel, SecretStr
from services import auth0

from fireflytx import SagaEngine
from fireflytx.codec import AesGcmCodec
from fireflytx.decorators.saga import saga, saga_step


class User(BaseModel):
    """Who registers."""

    email: str
    password: SecretStr


@saga("encrypted-registration")
class EncryptedRegistrationSaga:
    """Register a user without leaving the password anywhere."""

    @saga_step("create-auth-account")
    async def create_auth_account(self, user: User) -> dict[str, Any]:
        """Create the account in Auth0."""
        account = await auth0.create_user(
            email=user.email, password=user.password.get_secret_value(), user_metadata={}
        )
        return {"auth_user_id": account["user_id"]}

    @saga_step("check-password", depends_on="create-auth-account", retry=1)
    async def check_password(self, user: User) -> None:
        """Fail with the password in the message, as careless code does."""
        raise ValueError(f"{user.password.get_secret_value()!r} is in every list of passwords")


def key() -> bytes:
    """A key; a real program gets it from where it keeps such things."""
    return secrets.token_bytes(32)


def is_in_files_of(folder: Path, text: str) -> bool:
    """Whether a file in the folder holds the text."""
    return any(text.encode() in path.read_bytes() for path in folder.iterdir())


async def main() -> None:
    """Register, look for the password, change the key, look again."""
    old, new = key(), key()
    ann = User(email="ann@example.com", password=SecretStr("correct horse"))
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/sagas.db"
        async with SagaEngine(store, codec=AesGcmCodec({"2026-11": old})) as engine:
            result = await engine.execute(EncryptedRegistrationSaga, ann, correlation_id="ann")
            print(f"❌ {result.error}")
        print(f"   The password is in the journal: {is_in_files_of(Path(folder), 'correct horse')}")
        rotated = AesGcmCodec(
            {"2026-11": old, "2027-05": new}, "2027-05", identity_key=AesGcmCodec.identity_key_of(old)
        )
        async with SagaEngine(store, codec=rotated) as engine:
            result = await (await engine.get("ann")).result()
            print(f"   With another key beside it: {result.steps['create-auth-account'].result}")
        async with SagaEngine(store, observer=True) as engine:
            result = await (await engine.get("ann")).result()
            print(f"   Without the key: {result.error}")


if __name__ == "__main__":
    run(EncryptedRegistrationSaga, main)
