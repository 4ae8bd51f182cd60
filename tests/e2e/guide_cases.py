"""What is done with each Python snippet of the guide.

A snippet without an entry here fails ``test_guide.py``, and so does an entry without a snippet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from fireflytx.exceptions import NonRetryableError

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """The snippet is a saga, or the methods of one. It is run, and what is told here is true of the run.

    Attributes:
        input: The saga's input.
        beside: Code in front of the snippet that it leaves to the reader.
        answers: What services answer, by their dotted names; an exception is raised, a list is used up.
        undo: Whether a step that fails is put behind all others, so that they are compensated.
        results: What steps returned; only the keys named here are looked at.
        calls: The services that were called, in order.
        compensated: The steps that were undone.
        error: How the text of the saga's error ends; it fails if one is named.
        attempts: How often steps were tried.
    """

    input: Json = field(default_factory=dict)
    beside: str = ""
    answers: Json = field(default_factory=dict)
    undo: bool = False
    results: Mapping[str, Json] = field(default_factory=dict)
    calls: tuple[str, ...] | None = None
    compensated: tuple[str, ...] = ()
    error: str | None = None
    attempts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The class can't even be decorated; the message has these words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class In:
    """A test of its own covers it: the name of that test, in ``test_guide*.py``."""

    test: str


TUTORIAL = In("test_the_tutorial_prints_what_the_guide_shows")
CHAPTER_ON_TESTS = In("test_the_tests_of_the_guide_pass")
STATEMENTS = In("test_statements_of_the_guide_run")
JOURNEY = In("test_the_journey_prints_what_the_guide_says")
SIGNATURES = In("test_the_sketched_signatures_are_those_of_steps_and_compensations")
BLOCKING = In("test_a_blocking_step_is_warned_about")
EMAIL = {"email": "ada@example.com"}
BOOKED = {
    "flight_api.book": {"confirmation_code": "FL-1", "price": 400},
    "hotel_api.book": {"confirmation_code": "HO-1", "price": 300},
    "car_rental_api.book": {"confirmation_code": "CAR-1", "price": 100},
    "payment_api.charge": {"id": "CHG-1"},
}
NO_CARS = {**BOOKED, "car_rental_api.book": NonRetryableError("No cars")}
CHARGED = {"payment_service.charge": "CHG-1"}
ITEMS = {"items": [1, 2, 3]}
RESERVE = """
@saga_step("reserve-inventory")
async def reserve_inventory(self, data):
    return {"reservation_id": "RES-1"}
"""
LATER = "a later step fails"

CASES: dict[str, Runs | Refused | In] = {
    # Basic Concepts
    "1. SAGA Definition #1": Runs(),
    "2. SAGA Steps #1": Runs(results={"validate-payment": {"validated": True}}),
    "2. SAGA Steps #2": SIGNATURES,
    "3. Compensation Steps #1": Runs(
        input={"amount": 5},
        answers=CHARGED,
        undo=True,
        error=LATER,
        compensated=("charge-payment",),
        calls=("payment_service.charge(5)", "payment_service.refund('CHG-1')"),
    ),
    "3. Compensation Steps #2": SIGNATURES,
    "4. Dependencies #1": Runs(
        results={
            "validate-order": {"validated": True},
            "reserve-inventory": {"reserved": True},
            "charge-payment": {"charged": True},
        }
    ),
    "4. Dependencies #2": Runs(results={"process-order": {"processed": True}}),
    # Step-by-Step Tutorial
    "Step 1: Define the SAGA Class #1": TUTORIAL,
    "Step 2: Add the First Step (Validation) #1": TUTORIAL,
    "Step 3: Add Inventory Reservation #1": TUTORIAL,
    "Step 4: Add Payment Processing #1": TUTORIAL,
    "Step 5: Add Confirmation Email #1": TUTORIAL,
    "Step 6: Execute the SAGA #1": TUTORIAL,
    # Advanced Features
    "1. Parallel Execution #1": In("test_steps_without_dependencies_run_side_by_side"),
    "2. Data Flow Between Steps #1": Runs(
        input={"subtotal": 40.0},
        results={"generate-invoice": {"subtotal": 40.0, "tax": 3.2, "shipping": 10.0, "total": 53.2}},
    ),
    "3. Event Publishing #1": In("test_events_have_the_names_that_the_guide_gives"),
    "4. Conditional Execution #1": In("test_the_condition_decides_whether_the_discount_is_asked_for"),
    # Best Practices
    "1. Always Make Operations Idempotent #1": Runs(
        input=EMAIL,
        answers={"db.users.insert": SimpleNamespace(id=7)},
        results={"create-user": {"user_id": 7}},
    ),
    "1. Always Make Operations Idempotent #2": Runs(
        input=EMAIL,
        answers={"db.users.find_one": SimpleNamespace(id=7)},
        results={"create-user": {"user_id": 7, "already_existed": True}},
        calls=("db.users.find_one({'email': 'ada@example.com'})",),
    ),
    "2. Design Compensations Carefully #1": Runs(
        beside=RESERVE,
        undo=True,
        error=LATER,
        compensated=("reserve-inventory",),
        calls=("inventory_service.release('RES-1')",),
    ),
    "2. Design Compensations Carefully #2": Runs(
        beside=RESERVE,
        undo=True,
        answers={"inventory_service.get_reservation_status": "reserved"},
        error=LATER,
        compensated=("reserve-inventory",),
        calls=(
            "inventory_service.get_reservation_status('RES-1')",
            "inventory_service.release('RES-1')",
        ),
    ),
    "3. Set Appropriate Timeouts #1": Runs(
        answers={
            "payment_api.charge": {"id": "CHG-1"},
            "report_generator.create": {"pages": 3},
            "approval_service.wait": {"approved": True},
        },
        results={
            "validate-input": {"valid": True},
            "call-payment-api": {"id": "CHG-1"},
            "generate-report": {"pages": 3},
            "wait-for-approval": {"approved": True},
        },
    ),
    "4. Use Retry Wisely #1": Runs(
        answers={"external_api.call": [ConnectionError("not now"), {"answer": 42}]},
        results={"call-external-api": {"answer": 42}},
        attempts={"call-external-api": 2},
    ),
    "4. Use Retry Wisely #2": Runs(
        input={"amount": -1}, error="Amount must be positive", attempts={"validate-business-rules": 1}
    ),
    "4. Use Retry Wisely #3": In("test_the_smart_step_is_retried_for_what_may_pass_alone"),
    "5. Leverage Context for Data Sharing #1": Runs(
        answers={"create_order_in_db": "ORD-1"},
        calls=("create_order_in_db({})", "send_email('ORD-1')"),
    ),
    "5. Leverage Context for Data Sharing #2": Runs(
        answers={"create_order_in_db": "ORD-1"},
        calls=("create_order_in_db({})", "send_email('ORD-1')"),
    ),
    "6. Add Comprehensive Logging #1": Runs(
        input={"amount": 5, "customer_id": "CUST-1"},
        answers={"payment_service.charge": {"charge_id": "CHG-1"}},
        results={"process-payment": {"charge_id": "CHG-1"}},
    ),
    "7. Test Thoroughly #1": CHAPTER_ON_TESTS,
    "7. Test Thoroughly #2": CHAPTER_ON_TESTS,
    # Common Pitfalls
    "Pitfall 1: Forgetting Compensation #1": In("test_a_forgotten_compensation_leaves_the_step_done"),
    "Pitfall 1: Forgetting Compensation #2": Runs(
        input=ITEMS,
        undo=True,
        answers={"inventory_service.reserve": SimpleNamespace(id="RES-1")},
        error=LATER,
        compensated=("reserve-inventory",),
        calls=("inventory_service.reserve([1, 2, 3])", "inventory_service.release('RES-1')"),
    ),
    "Pitfall 2: Circular Dependencies #1": Refused(words=("circle: step-a -> step-b -> step-a",)),
    "Pitfall 2: Circular Dependencies #2": Runs(results={"step-b": {"done": True}}),
    "Pitfall 3: Non-Idempotent Operations #1": Runs(
        input=EMAIL,
        answers={"email_service.send": [TimeoutError("sent, perhaps")] * 3},
        error="sent, perhaps",
        calls=("email_service.send('ada@example.com', 'Welcome!')",) * 3,
        attempts={"send-email": 3},
    ),
    "Pitfall 3: Non-Idempotent Operations #2": In("test_a_retried_mail_has_the_same_idempotency_key"),
    "Pitfall 4: Blocking Operations in Async Methods #1": BLOCKING,
    "Pitfall 4: Blocking Operations in Async Methods #2": In("test_the_async_client_gets_its_answer"),
    "Pitfall 5: Not Handling Partial Failures #1": Runs(
        input=ITEMS,
        answers={"process_item": [{"id": 1}, {"id": 2}, *[RuntimeError("item 3")] * 7]},
        error="item 3",
        compensated=(),
    ),
    "Pitfall 5: Not Handling Partial Failures #2": Runs(
        input=ITEMS,
        undo=True,
        answers={"process_item": [{"id": 1}, {"id": 2}, {"id": 3}]},
        error=LATER,
        compensated=("process-items",),
        calls=(
            *(f"process_item({each})" for each in (1, 2, 3)),
            *(f"undo_process_item({each})" for each in (1, 2, 3)),
        ),
    ),
    # Troubleshooting
    "Issue 1: SAGA Never Completes #1": STATEMENTS,
    "Issue 1: SAGA Never Completes #2": BLOCKING,
    "Issue 1: SAGA Never Completes #3": Runs(
        error="step 'bad-step' returned a coroutine: did you forget 'await'?",
        attempts={"bad-step": 1},
    ),
    "Issue 1: SAGA Never Completes #4": Refused(words=("circle: a -> b -> a",)),
    "Issue 2: Compensation Not Running #1": STATEMENTS,
    "Issue 2: Compensation Not Running #2": Runs(undo=True, error=LATER, compensated=()),
    "Issue 2: Compensation Not Running #3": Refused(words=("'reserve'", "'reserve-inventory'", "release")),
    "Issue 3: Timeout Errors #1": In("test_a_slow_step_times_out_in_the_words_of_the_guide"),
    "Issue 3: Timeout Errors #2": Runs(results={"slow-step": {}}),
    "Issue 3: Timeout Errors #3": Runs(results={"step-1": {}, "step-2": {}}),
    "Issue 4: Context Data Lost #1": Runs(results={"step-1": {"order_id": "ORD-1"}}),
    "Issue 4: Context Data Lost #2": STATEMENTS,
    "Issue 4: Context Data Lost #3": STATEMENTS,
    # Real-World Examples
    "Example 1: Travel Booking System #1": JOURNEY,
    "Example 1: Travel Booking System #2": JOURNEY,
    "Example 2: User Registration with External Services #1": Runs(
        input={**EMAIL, "name": "Ada", "password": "secret"},
        undo=True,
        answers={
            "db.users.insert": SimpleNamespace(id=7),
            "auth0.create_user": {"user_id": "AUTH-7"},
        },
        error=LATER,
        compensated=("create-auth-account", "create-database-record"),
    ),
}
