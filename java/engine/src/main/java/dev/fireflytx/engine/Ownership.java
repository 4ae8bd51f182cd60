package dev.fireflytx.engine;

import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Whether another engine may have taken over the sagas of this one, which stood still for too long. A process that was frozen goes on in the
 * middle of what it did, so no code of a step begins unless the engine has shown a moment ago that it owns what it runs.
 */
final class Ownership {
    /** Another engine waits for 6 s without a sign of life before it takes over. */
    private static final long FRESH_FOR_MS = 3_000;

    private final Store store;
    private final Supplier<CompletableFuture<Void>> proof;

    Ownership(Store store, Supplier<CompletableFuture<Void>> proof) {
        this.store = store;
        this.proof = proof;
    }

    /** Asks the engine for another proof, and waits for it, if the last one is too old. Not on the loop's thread. */
    boolean isProved() {
        return isFresh() || isProvedNow();
    }

    private boolean isFresh() {
        OptionalLong provedMs = store.provedMs();
        return provedMs.isEmpty() || TimeUnit.NANOSECONDS.toMillis(System.nanoTime()) - provedMs.getAsLong() <= FRESH_FOR_MS;
    }

    private boolean isProvedNow() {
        try {
            proof.get().join();
            return true;
        } catch (CompletionException e) {
            return false; // the engine is closed, or broken since it owns nothing any more
        }
    }
}
