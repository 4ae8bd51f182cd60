package dev.fireflytx.core.simulation;

import dev.fireflytx.core.machine.Commands.Command;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.Input;
import dev.fireflytx.core.machine.SagaState;
import java.util.List;

/**
 * One call of the machine, as an onlooker sees it.
 *
 * @param input what came in
 * @param facts what the machine recorded
 * @param commands what it asked for
 * @param after where the saga stood then
 */
record Turn(Input input, List<Fact> facts, List<Command> commands, SagaState after) {
    @Override
    public String toString() {
        return input.nowMs() + " ms: " + input.signal() + "\n      facts " + facts + "\n      commands " + commands;
    }
}
