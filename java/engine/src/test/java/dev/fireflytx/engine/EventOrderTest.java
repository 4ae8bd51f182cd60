package dev.fireflytx.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.core.machine.Fact;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Engines come and go, take each other's sagas and events over, and publish some events without anybody hearing of it: in the end every event has
 * been published, and the first time of each was in order for its saga.
 */
class EventOrderTest {
    private static final int ENGINES = 3;
    private static final int SAGAS = 4;
    private static final int HAPPENINGS = 80;

    private final Map<String, Integer> told = new HashMap<>();
    private final Map<String, Integer> runsWhere = new HashMap<>();
    private final List<String> arrived = new ArrayList<>();
    private final Engine[] engines = new Engine[ENGINES];
    private Path file;

    /** A store with its pump, and what it has handed out. */
    private final class Engine {
        private final Store store = Stores.sqlite(file);
        private final List<String> handedOut = new ArrayList<>();
        private final EventPump pump = new EventPump(store, (position, event) -> handedOut.add(event), true);
        private int published;

        Engine() {
            pump.open(work -> {
                work.accept(new Turn());
                return true;
            });
        }

        void publish(int most, boolean isHeard) {
            int upTo = Math.min(handedOut.size(), published + most);
            arrived.addAll(handedOut.subList(published, upTo));
            published = upTo;
            if (isHeard) {
                pump.published(published);
            }
        }

        void publishAll() {
            while (published < handedOut.size()) {
                publish(Integer.MAX_VALUE, true);
            }
        }

        void close() {
            pump.close();
            store.close();
        }
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void every_event_arrives_and_its_first_time_is_in_order_for_its_saga(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        told.clear();
        runsWhere.clear();
        arrived.clear();
        file = Files.createTempDirectory("events").resolve("journal.db");
        for (int i = 0; i < HAPPENINGS; i++) {
            happen(random, random.nextInt(ENGINES));
        }
        for (int i = 0; i < ENGINES; i++) {
            close(i);
        }
        engines[0] = new Engine();
        engines[0].publishAll();
        close(0);

        for (String saga : told.keySet()) {
            List<String> first = arrived.stream().filter(event -> event.startsWith(saga + "/")).distinct().toList();
            assertEquals(IntStream.rangeClosed(1, told.get(saga)).mapToObj(n -> saga + "/" + n).toList(), first);
        }
        deleteAll();
    }

    private void happen(Random random, int at) {
        if (engines[at] == null) {
            engines[at] = new Engine();
            return;
        }
        switch (random.nextInt(8)) {
            case 0 -> close(at);
            case 1 -> engines[at].pump.takeOver(); // it has noticed that one is gone
            case 2 -> engines[at].publish(1 + random.nextInt(5), false);
            case 3 -> engines[at].publish(1 + random.nextInt(5), true);
            default -> tell(at, "s" + random.nextInt(SAGAS));
        }
    }

    private void close(int at) {
        if (engines[at] != null) {
            engines[at].close();
            engines[at] = null;
            runsWhere.values().removeIf(where -> where == at);
        }
    }

    /** Something happens to a saga in this engine, if it runs there, can be taken over, or is new. */
    private void tell(int at, String saga) {
        Store store = engines[at].store;
        Optional<Store.Beginning> beginning = Optional.empty();
        if (!told.containsKey(saga)) {
            beginning = Optional.of(new Store.Beginning(StoredSagas.ONE, "hash"));
        } else if (!runsWhere.containsKey(saga)) {
            assertEquals(1, store.claim(store.find(saga).stream().toList()).size());
        } else if (runsWhere.get(saga) != at) {
            return;
        }
        runsWhere.put(saga, at);
        List<Fact> facts = beginning.isPresent() ? StoredSagas.started(1) : List.of(new Fact.SagaResumed());
        String event = saga + "/" + told.merge(saga, 1, Integer::sum);
        store.append(List.of(new Store.Entry(saga, beginning, 1, facts, SagaStatus.RUNNING, List.of(event))));
        engines[at].pump.wake();
    }

    private void deleteAll() throws IOException {
        try (var files = Files.list(file.getParent())) {
            files.forEach(each -> {
                try {
                    Files.delete(each);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        Files.delete(file.getParent());
    }
}
