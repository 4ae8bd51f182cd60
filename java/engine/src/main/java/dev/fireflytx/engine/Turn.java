package dev.fireflytx.engine;

import dev.fireflytx.core.machine.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** One turn of the loop: what it decided, and what may leave once that is durable. */
final class Turn {
    private final List<Store.Entry> entries = new ArrayList<>();
    private final List<SagaRun> recorded = new ArrayList<>();
    private final List<Action> whenDurable = new ArrayList<>();
    private final List<Asked> questions = new ArrayList<>();
    private Asked current;

    /** Somebody's question about one saga. */
    private record Asked(String correlationId, Consumer<Turn> question) {}

    /** What may leave, and the saga that it is about, if any. */
    private record Action(String correlationId, Runnable action) {}

    /** Deals with a question about one saga. */
    void ask(String correlationId, Consumer<Turn> question) {
        current = new Asked(correlationId, question);
        questions.add(current);
        question.accept(this);
        current = null;
    }

    void record(SagaRun run, long atMs, List<Fact> facts, List<String> events) {
        recorded.add(run);
        run.isOnItsWay();
        entries.add(new Store.Entry(
                run.correlationId(), run.takeBeginning(), atMs, facts, SagaStatus.of(run.state()), events));
    }

    void whenDurable(Runnable action) {
        whenDurable.add(new Action(current == null ? "" : current.correlationId(), action));
    }

    /** Lets something about a run leave, whatever brought it about: nothing may, if another engine turns out to have the run's id. */
    void whenDurable(SagaRun about, Runnable action) {
        whenDurable.add(new Action(about.correlationId(), action));
    }

    /**
     * Makes the turn durable, but for what is about sagas that another engine has started a moment before this one did.
     *
     * @param elsewhere takes the ids of those
     * @return how long it took, in nanoseconds; 0 if there was nothing to write
     */
    long append(Store store, Set<String> elsewhere) {
        long tookNs = 0;
        boolean isAppended = entries.isEmpty();
        while (!isAppended) {
            long begunNs = System.nanoTime();
            isAppended = isAppended(store, elsewhere) || entries.isEmpty();
            tookNs = Math.max(1, System.nanoTime() - begunNs);
        }
        return tookNs;
    }

    private boolean isAppended(Store store, Set<String> elsewhere) {
        try {
            store.append(entries);
            return true;
        } catch (StartedElsewhereException e) {
            elsewhere.addAll(e.correlationIds());
            entries.removeIf(entry -> elsewhere.contains(entry.correlationId()));
            return false;
        }
    }

    /** Forgets everything about these sagas, and gives the questions about them, to be asked again. */
    List<Consumer<Turn>> leaveOut(Set<String> correlationIds) {
        entries.removeIf(entry -> correlationIds.contains(entry.correlationId()));
        whenDurable.removeIf(action -> correlationIds.contains(action.correlationId()));
        return questions.stream().filter(each -> correlationIds.contains(each.correlationId()))
                .<Consumer<Turn>>map(each -> later -> later.ask(each.correlationId(), each.question())).toList();
    }

    /** Lets everything out, in order: it is durable. */
    void release() {
        recorded.forEach(SagaRun::isDurableOnceMore);
        whenDurable.forEach(each -> each.action().run());
    }
}
