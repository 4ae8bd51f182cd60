package dev.fireflytx.engine;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** The callers who have not been answered yet, so that none waits for ever when the engine ends. Safe from any thread. */
final class Answers {
    private final Executor callbacks;
    private final Set<Answer<?>> open = ConcurrentHashMap.newKeySet();

    Answers(Executor callbacks) {
        this.callbacks = callbacks;
    }

    <T> Answer<T> open() {
        Answer<T> answer = new Answer<>();
        open.add(answer);
        return answer;
    }

    void failAll(RuntimeException why) {
        open.forEach(answer -> answer.fail(why));
    }

    /** A future that completes off the engine's thread, so that a caller's callbacks can't hold it up. */
    final class Answer<T> {
        private final CompletableFuture<T> future = new CompletableFuture<>();

        CompletableFuture<T> future() {
            return future;
        }

        void done(T value) {
            answer(() -> future.complete(value));
        }

        void fail(RuntimeException why) {
            answer(() -> future.completeExceptionally(why));
        }

        /** Answers as another question was answered. */
        void complete(T value, Throwable failure) {
            answer(() -> {
                if (failure == null) {
                    future.complete(value);
                } else {
                    future.completeExceptionally(failure instanceof CompletionException ? failure.getCause() : failure);
                }
            });
        }

        private void answer(Runnable completion) {
            open.remove(this);
            try {
                callbacks.execute(completion);
            } catch (RejectedExecutionException e) {
                completion.run(); // the caller closed its executor before its engine; it is answered all the same
            }
        }
    }
}
