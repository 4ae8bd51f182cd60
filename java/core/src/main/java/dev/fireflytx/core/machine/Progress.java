package dev.fireflytx.core.machine;

import dev.fireflytx.core.definition.CompensationOrder;

/** Moves a saga on: starts what can start, turns back, ends. */
final class Progress {
    private final Decision decision;

    Progress(Decision decision) {
        this.decision = decision;
    }

    void moveOn() {
        if (state().phase() == SagaPhase.FORWARD) {
            forward();
        }
        if (state().phase() == SagaPhase.FAILING && canCompensate(state())) {
            decision.record(new Fact.CompensationBegun());
        }
        if (state().phase() == SagaPhase.COMPENSATING) {
            backward();
        }
    }

    /** Whether nothing runs or waits for a timer: only a person, or an attempt that ends after all, can help. */
    static boolean stands(SagaState state) {
        for (int step = 0; step < state.size(); step++) {
            StepPhase phase = state.step(step).phase();
            boolean moves = state.step(step).runs()
                    || phase == StepPhase.BACKOFF || phase == StepPhase.UNDO_BACKOFF;
            if (moves) {
                return false;
            }
        }
        return true;
    }

    private SagaState state() {
        return decision.state();
    }

    private void forward() {
        int places = freePlaces();
        boolean allDone = true;
        for (int step = 0; step < state().size(); step++) {
            if (places > 0 && canStart(step)) {
                decision.startAttempt(step, firstDirection(step));
                places--;
            }
            allDone &= state().step(step).phase().opensDependents();
        }
        if (allDone) {
            decision.record(new Fact.SagaEnded(SagaPhase.COMPLETED));
        }
    }

    private boolean canStart(int step) {
        StepPhase phase = state().step(step).phase();
        boolean isNext = phase == StepPhase.READY || phase == StepPhase.PENDING && state().isUnblocked(step);
        return isNext && !state().step(step).isQueued();
    }

    private Direction firstDirection(int step) {
        boolean ask = state().step(step).phase() == StepPhase.PENDING && state().plan().step(step).conditional();
        return ask ? Direction.CONDITION : Direction.FORWARD;
    }

    private int freePlaces() {
        int limit = state().plan().definition().layerConcurrency().orElse(Integer.MAX_VALUE);
        return limit == Integer.MAX_VALUE ? limit : limit - state().running();
    }

    /** Only when every attempt has settled and no step waits for a person is it known what has to be undone. */
    private static boolean canCompensate(SagaState state) {
        for (int step = 0; step < state.size(); step++) {
            if (state.step(step).isUnsettled() || state.step(step).phase() == StepPhase.PARKED) {
                return false;
            }
        }
        return true;
    }

    private void backward() {
        if (state().plan().definition().compensation() == CompensationOrder.PARALLEL) {
            undoAllThatCan();
        } else {
            undoNewest();
        }
        if (isUndone()) {
            decision.record(new Fact.SagaEnded(outcome()));
        }
    }

    private void undoNewest() {
        int newest = newestToUndo();
        if (newest >= 0 && !state().step(newest).isUnsettled() && freePlaces() > 0) {
            decision.startAttempt(newest, Direction.BACKWARD);
        }
    }

    /** The newest step that is due to be undone; -1 if there is none, or while another one is being undone. */
    private int newestToUndo() {
        int newest = -1;
        for (int step = 0; step < state().size(); step++) {
            StepState candidate = state().step(step);
            boolean goesOn = candidate.phase() == StepPhase.UNDOING || candidate.phase() == StepPhase.UNDO_BACKOFF
                    || candidate.phase() == StepPhase.UNDO_READY && candidate.isQueued();
            if (goesOn) {
                return -1;
            }
            boolean newer = newest < 0 || candidate.settledAt() > state().step(newest).settledAt();
            if (newer && isDueForUndo(step)) {
                newest = step;
            }
        }
        return newest;
    }

    private boolean isDueForUndo(int step) {
        return state().isToBeUndone(step) || state().step(step).phase() == StepPhase.UNDO_READY;
    }

    private void undoAllThatCan() {
        int places = freePlaces();
        int[] order = state().plan().topological();
        boolean[] holdsBack = new boolean[state().size()];
        for (int i = order.length - 1; i >= 0; i--) {
            int step = order[i];
            boolean free = !anyHolds(state().plan().dependents(step), holdsBack);
            boolean due = isDueForUndo(step);
            if (due && free && places > 0 && !state().step(step).isUnsettled()) {
                decision.startAttempt(step, Direction.BACKWARD);
                places--;
            }
            holdsBack[step] = !free || due || state().step(step).phase().isBeingUndone();
        }
    }

    private static boolean anyHolds(int[] steps, boolean[] holdsBack) {
        for (int step : steps) {
            if (holdsBack[step]) {
                return true;
            }
        }
        return false;
    }

    private boolean isUndone() {
        for (int step = 0; step < state().size(); step++) {
            if (state().isToBeUndone(step) || state().step(step).phase().isBeingUndone()) {
                return false;
            }
        }
        return true;
    }

    private SagaPhase outcome() {
        for (int step = 0; step < state().size(); step++) {
            if (state().step(step).phase() == StepPhase.COMPENSATION_FAILED) {
                return SagaPhase.COMPENSATION_FAILED;
            }
        }
        return SagaPhase.COMPENSATED;
    }
}
