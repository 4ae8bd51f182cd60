package dev.fireflytx.engine.simulation;

import dev.fireflytx.engine.Store.Request;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** What one engine asks of another, as it is on the disk. */
final class SimulatedRequests {
    private final Map<Long, Request> requests = new TreeMap<>();
    private final Map<Long, String> answers = new HashMap<>();
    private long last;

    long add(String correlationId, String body) {
        requests.put(++last, new Request(last, correlationId, body));
        return last;
    }

    /** Does nothing if the request was taken back. */
    void answer(long number, String answer) {
        if (requests.containsKey(number)) {
            answers.put(number, answer);
        }
    }

    Optional<String> answer(long number) {
        return Optional.ofNullable(answers.get(number));
    }

    Optional<String> withdraw(long number) {
        requests.remove(number);
        return Optional.ofNullable(answers.remove(number));
    }

    List<Request> unanswered(Predicate<String> about) {
        return requests.values().stream().filter(each -> about.test(each.correlationId()) && !answers.containsKey(each.number())).toList();
    }
}
