package dev.fireflytx.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.machine.StepTable.Move;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StepTableTest {
    private static final Set<StepPhase> MAY_HAVE_AN_EFFECT =
            Set.of(StepPhase.COMPLETED, StepPhase.FAILED, StepPhase.UNDOING, StepPhase.UNDO_READY);

    @Test
    void the_page_in_docs_shows_this_table() throws IOException {
        StateMachineDoc page = new StateMachineDoc(
                Path.of(System.getProperty("fireflytx.vectors")).resolve("../../docs/state-machine.md"));
        if ("write".equals(System.getProperty("fireflytx.docs"))) {
            page.rewrite();
        }
        assertEquals(StateMachineDoc.drawn(), page.shown(), "docs/state-machine.md is not what StepTable gives. "
                + "Run this test with JAVA_TOOL_OPTIONS=-Dfireflytx.docs=write to draw it again");
    }

    @Test
    void a_move_that_the_table_lacks_throws() {
        assertEquals("a step that is SKIPPED can't make the move RUN",
                assertThrows(IllegalStateException.class, () -> StepTable.next(StepPhase.SKIPPED, Move.RUN)).getMessage());
    }

    @Test
    void a_step_is_undone_only_from_a_phase_in_which_it_may_have_had_an_effect() {
        assertEquals(MAY_HAVE_AN_EFFECT, phasesWith(Move.UNDO));
        assertEquals(MAY_HAVE_AN_EFFECT, phasesWith(Move.UNDO_QUEUE));
    }

    private static Set<StepPhase> phasesWith(Move move) {
        return Stream.of(StepPhase.values())
                .filter(phase -> StepTable.movesFrom(phase).containsKey(move))
                .collect(Collectors.toSet());
    }

    @Test
    void every_phase_can_be_reached() {
        Set<StepPhase> reached = Stream.of(StepPhase.values())
                .flatMap(phase -> StepTable.movesFrom(phase).values().stream())
                .collect(Collectors.toSet());
        reached.add(StepPhase.PENDING);
        assertEquals(Set.of(StepPhase.values()), reached);
    }

    @Test
    void a_step_that_was_skipped_stays_so() {
        assertTrue(StepTable.movesFrom(StepPhase.SKIPPED).isEmpty());
    }
}
