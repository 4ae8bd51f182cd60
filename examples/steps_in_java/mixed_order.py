"""An order whose payment is code in Java. Needs a JDK: the script compiles that code first.

python examples/steps_in_java/mixed_order.py
"""

import asyncio
import subprocess
import tempfile
from pathlib import Path

import fireflytx
from fireflytx import SagaContext, SagaEngine, compensation_step, saga, saga_step

SOURCE = Path(__file__).parent


@saga("order")
class OrderSaga:
    """Reserve, charge (in Java), ship."""

    @saga_step("reserve")
    async def reserve(self, order: dict[str, object]) -> dict[str, object]:
        """What Java's `charge` finds in its input."""
        return {"reservation_id": "res-1"}

    @compensation_step("reserve")
    async def release(self, reservation: dict[str, object]) -> None:
        """Undo the reservation."""
        print("  released", reservation["reservation_id"])

    charge = saga_step("charge", depends_on="reserve", executor="java")
    refund = compensation_step("charge", executor="java")

    @saga_step("ship", depends_on="charge", retry=1)
    async def ship(self, order: dict[str, object], context: SagaContext) -> dict[str, object]:
        """Uses what Java returned, and what it has set in the context."""
        if order["city"] == "Atlantis":
            raise ValueError("No carrier goes there")
        print("  ships", order["charge_id"], "charged by", context.get_data("charged_by"))
        return {"shipped": True}


def compile_payments(classes: Path) -> None:
    """What a Java project does with its own tools, against `dev.fireflytx:fireflytx-engine`."""
    jars = Path(fireflytx.__file__).parent / "_java" / "*"
    subprocess.run(["javac", "-cp", jars, "-d", classes, SOURCE / "shop/Payments.java"], check=True)


async def main() -> None:
    """One order that succeeds, one that fails behind the payment, one that fails in it."""
    with tempfile.TemporaryDirectory() as classes:
        compile_payments(Path(classes))
        async with SagaEngine("memory", java_classpath=[classes, SOURCE]) as engine:
            for card, city in (("visa", "Lima"), ("visa", "Atlantis"), ("expired", "Lima")):
                print(f"{card} card, to {city}:")
                result = await engine.execute(OrderSaga, {"card": card, "city": city})
                print(" ", result.status, result.error or "", result.compensated_steps)


if __name__ == "__main__":
    asyncio.run(main())
