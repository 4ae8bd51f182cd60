package dev.fireflytx.engine.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoredSagas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is read from the journal is what was written, to the last character of every value. */
class FactCodecTest {
    private static final AttemptRef FIRST = new AttemptRef(0, Direction.FORWARD, 1);

    @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
    void facts_come_back_as_they_were(@ForAll("turns") List<Fact> facts) {
        assertEquals(facts, FactCodec.read(FactCodec.write(facts)));
    }

    @Property(tries = 20, edgeCases = EdgeCasesMode.NONE)
    void facts_come_back_from_a_file_as_they_were(@ForAll("turns") List<Fact> facts) throws IOException {
        Path folder = Files.createTempDirectory("journal");
        Path file = folder.resolve("journal.db");
        try (Store store = SqliteStore.open(file)) {
            store.append(List.of(new Store.Entry("i-1", Optional.of(new Store.Beginning(StoredSagas.ONE, "hash")), 1, facts,
                    SagaStatus.RUNNING)));
            assertEquals(facts, store.load("i-1").orElseThrow().turns().get(0).facts());
        }
    }

    @Example
    void every_kind_of_fact_has_a_name_of_its_own() {
        List<String> names = AnyFact.kinds().stream()
                .map(kind -> FactCodec.write(List.of(AnyFact.of(kind).sample())).split("\"")[1])
                .toList();

        assertEquals(names.size(), names.stream().distinct().count(), names.toString());
        assertTrue(names.size() > 25, names.toString());
    }

    @Example
    void the_form_is_the_one_that_the_documentation_shows() {
        assertEquals("[[\"attempt-started\",0,\"forward\",1],[\"attempt-succeeded\",0,\"forward\",1,{\"charge_id\":\"ch_1\"},{}]]",
                FactCodec.write(List.of(new Fact.AttemptStarted(FIRST),
                        new Fact.AttemptSucceeded(FIRST, "{\"charge_id\":\"ch_1\"}", "{}"))));
    }

    @Example
    void a_start_without_a_trace_is_written_as_before_there_were_any_and_read_so() {
        Fact started = new Fact.SagaStarted("{\"a\":1}", 500, 1, 7);

        assertEquals("[[\"saga-started\",{\"a\":1},500,1,7]]", FactCodec.write(List.of(started)));
        assertEquals(List.of(started), FactCodec.read("[[\"saga-started\",{\"a\":1},500,1,7]]"));
    }

    @Example
    void a_start_keeps_the_headers_of_its_trace() {
        Fact started = new Fact.SagaStarted("{}", 0, 1, 7, "{\"traceparent\":\"00-1\"}");

        assertEquals("[[\"saga-started\",{},0,1,7,{\"traceparent\":\"00-1\"}]]", FactCodec.write(List.of(started)));
    }

    @Example
    void a_fact_of_a_later_release_is_named() {
        assertTrue(problem("[[\"attempt-teleported\",0]]").contains("'attempt-teleported'"));
    }

    @Example
    void half_a_fact_is_refused() {
        problem("[[\"attempt-started\",0,\"forward\"]]");
        problem("[[\"attempt-started\",0,\"sideways\",1]]");
        problem("[[\"step-failed\",0,\"yes\"]]");
        problem("[[\"attempt-started\",0,\"forward\",1");
    }

    private static String problem(String text) {
        return assertThrows(JsonException.class, () -> FactCodec.read(text)).getMessage();
    }

    @Provide
    Arbitrary<List<Fact>> turns() {
        return AnyFact.any().list().ofMinSize(1).ofMaxSize(8);
    }
}
