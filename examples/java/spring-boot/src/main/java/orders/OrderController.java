package orders;

import dev.fireflytx.engine.OutcomeUnknownException;
import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StartOptions;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Takes orders, and tells how they stand. */
@RestController
@RequestMapping("/orders")
class OrderController {
    private final SagaEngine engine;

    OrderController(SagaEngine engine) {
        this.engine = engine;
    }

    record State(String id, SagaStatus status) {}

    /** Answers as soon as the order can't be lost any more. The same order sent again is the same saga. */
    @PostMapping
    CompletableFuture<ResponseEntity<Void>> place(@RequestBody Order order) {
        return engine.start("order", order, StartOptions.id(order.id()))
                .thenApply(saga -> ResponseEntity.accepted().location(URI.create("/orders/" + saga.correlationId())).build());
    }

    @GetMapping("/{id}")
    CompletableFuture<State> find(@PathVariable String id) {
        return engine.get(id).thenApply(saga -> new State(saga.correlationId(), saga.status()));
    }

    @ExceptionHandler
    ProblemDetail refused(RefusedException e) {
        return ProblemDetail.forStatusAndDetail(switch (e.code()) {
            case UNKNOWN_ID -> HttpStatus.NOT_FOUND;
            case EXPIRED -> HttpStatus.GONE;
            case ID_CONFLICT -> HttpStatus.CONFLICT;
            case CLOSING -> HttpStatus.SERVICE_UNAVAILABLE;
            default -> HttpStatus.BAD_REQUEST;
        }, e.getMessage());
    }

    /** The engine ended before it could answer: the order may be placed or not. Sent again, it is placed once. */
    @ExceptionHandler
    ProblemDetail unknown(OutcomeUnknownException e) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, e.getMessage());
    }
}
