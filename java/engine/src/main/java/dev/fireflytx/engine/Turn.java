package dev.fireflytx.engine;

import dev.fireflytx.core.machine.Fact;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** One turn of the loop: what it decided, and what may leave once that is durable. */
final class Turn {
    private final List<Store.Entry> entries = new ArrayList<>();
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
     * Makes the turn durable, then lets everything out, in order.
     *
     * @return the ids that the store has other sagas of, or that another engine has reopened meanwhile; their questions have to be asked again
     */
    Set<String> commit(Store store, Tally tally) {
        Set<String> elsewhere = new HashSet<>();
        while (!entries.isEmpty() && !isAppended(store, tally, elsewhere)) {
            entries.removeIf(entry -> elsewhere.contains(entry.correlationId()));
        }
        for (Action each : whenDurable) {
            if (elsewhere.isEmpty() || !elsewhere.contains(each.correlationId())) {
                each.action().run();
            }
        }
        return elsewhere;
    }

    private boolean isAppended(Store store, Tally tally, Set<String> elsewhere) {
        long begunNs = System.nanoTime();
        try {
            store.append(entries);
            tally.appended(System.nanoTime() - begunNs);
            return true;
        } catch (StartedElsewhereException e) {
            elsewhere.addAll(e.correlationIds());
            return false;
        }
    }

    /** The questions about these sagas, to be asked again. */
    List<Consumer<Turn>> questionsAbout(Set<String> correlationIds) {
        return questions.stream().filter(each -> correlationIds.contains(each.correlationId()))
                .<Consumer<Turn>>map(each -> later -> later.ask(each.correlationId(), each.question())).toList();
    }
}
