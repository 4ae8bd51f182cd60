"""The user registration of the guide, over a database, an identity provider and a mail service.

Run twice: to success, and with a mail service that is down, so that the account and the record are deleted.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from command import run
from services import auth0, email_service, user_database

from fireflytx import SagaContext, SagaEngine
from fireflytx.decorators.saga import compensation_step, saga, saga_step

Data = dict[str, Any]


@saga("user-registration", redact=["password"])
class UserRegistrationSaga:
    """Register a user with database, auth service, and email."""

    @saga_step("create-database-record")
    async def create_db_record(self, user_data: Data, context: SagaContext) -> Data:
        """Create the user in the database."""
        user_id = await user_database.insert(
            {"email": user_data["email"], "name": user_data["name"], "created_at": datetime.now(UTC)}
        )
        context.set_data("user_id", user_id)
        return {"user_id": user_id}

    @compensation_step("create-database-record")
    async def delete_db_record(self, result: Data, context: SagaContext) -> Data:
        """Delete the user from the database."""
        user_id = context.get_data("user_id")
        if user_id:
            await user_database.delete(user_id)
        return {"deleted": user_id}

    @saga_step("create-auth-account", depends_on=["create-database-record"])
    async def create_auth_account(self, user_data: Data, context: SagaContext) -> Data:
        """Create the account in Auth0."""
        auth_user = await auth0.create_user(
            email=user_data["email"],
            # Masked wherever a value is shown, but kept with the saga's input: examples/encrypted_values.py.
            password=user_data["password"],
            user_metadata={"db_user_id": context.get_data("user_id")},
        )
        context.set_data("auth_user_id", auth_user["user_id"])
        return {"auth_user_id": auth_user["user_id"]}

    @compensation_step("create-auth-account")
    async def delete_auth_account(self, result: Data, context: SagaContext) -> Data:
        """Delete the account from Auth0."""
        auth_user_id = context.get_data("auth_user_id")
        if auth_user_id:
            await auth0.delete_user(auth_user_id)
        return {"deleted": auth_user_id}

    # No compensation: it does no harm if somebody gets the mail and the registration is rolled back.
    @saga_step("send-welcome-email", depends_on=["create-auth-account"])
    async def send_welcome_email(self, user_data: Data, context: SagaContext) -> Data:
        """Send the welcome email."""
        await email_service.send(
            to=user_data["email"],
            template="welcome",
            data={"name": user_data["name"]},
            idempotency_key=context.idempotency_key,
        )
        return {"email_sent": True}


async def register(engine: SagaEngine, email: str, name: str) -> None:
    """Run the saga for one user and print how it ended."""
    user_data = {"email": email, "name": name, "password": "correct horse battery staple"}
    result = await engine.execute(UserRegistrationSaga, user_data)
    if result.is_success:
        print(f"✅ {name} is registered: {', '.join(result.steps)}")
    else:
        print(f"❌ {name} is not registered: {result.error}")
        print(f"   Undone: {result.compensated_steps}")


async def main() -> None:
    """One user who gets registered, and one who doesn't."""
    async with SagaEngine() as engine:
        await register(engine, "ada@example.com", "Ada")
        with email_service.failing(ConnectionError("The mail server is down")):
            await register(engine, "bob@example.com", "Bob")
    print(f"   Users: {len(user_database.users)}, accounts: {len(auth0.accounts)}")


if __name__ == "__main__":
    run(UserRegistrationSaga, main)
