package dev.fireflytx.engine;

import java.time.Instant;
import java.util.Optional;

/**
 * Which sagas to list, the newest start first.
 *
 * @param status only those that stand so
 * @param saga only those of this name
 * @param since only those that started then or later
 * @param before only those that started before the one with this number ({@link Store.Header#number}); 0 for no limit
 * @param limit how many at most
 */
public record SagaQuery(Optional<SagaStatus> status, Optional<String> saga, Instant since, long before, int limit) {
    private static final int PAGE = 100;

    /** {@return a query for the 100 newest sagas} */
    public static SagaQuery all() {
        return new SagaQuery(Optional.empty(), Optional.empty(), Instant.EPOCH, 0, PAGE);
    }

    /**
     * {@return the same, of those that stand so}
     *
     * @param wanted how they stand
     */
    public SagaQuery status(SagaStatus wanted) {
        return new SagaQuery(Optional.of(wanted), saga, since, before, limit);
    }

    /**
     * {@return the same, of those of one name}
     *
     * @param wanted the saga's name
     */
    public SagaQuery saga(String wanted) {
        return new SagaQuery(status, Optional.of(wanted), since, before, limit);
    }

    /**
     * {@return the same, of those that started at a time or later}
     *
     * @param wanted when
     */
    public SagaQuery since(Instant wanted) {
        return new SagaQuery(status, saga, wanted, before, limit);
    }

    /**
     * {@return the next page, behind the last saga of the one before}
     *
     * @param last its number
     */
    public SagaQuery before(long last) {
        return new SagaQuery(status, saga, since, last, limit);
    }

    /**
     * {@return the same, of so many at most}
     *
     * @param wanted how many
     */
    public SagaQuery limit(int wanted) {
        return new SagaQuery(status, saga, since, before, wanted);
    }

    Store.Query inStore() {
        return new Store.Query(status, saga, since.toEpochMilli(), before, limit);
    }
}
