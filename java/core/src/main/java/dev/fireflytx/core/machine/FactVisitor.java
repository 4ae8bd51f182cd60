package dev.fireflytx.core.machine;

/**
 * One method for each kind of fact, so that the compiler finds whoever forgot one.
 *
 * @param <R> what the methods return
 */
public interface FactVisitor<R> {

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R sagaStarted(Fact.SagaStarted fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R attemptQueued(Fact.AttemptQueued fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R attemptStarted(Fact.AttemptStarted fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R conditionDecided(Fact.ConditionDecided fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R attemptSucceeded(Fact.AttemptSucceeded fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R attemptFailed(Fact.AttemptFailed fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R attemptTimedOut(Fact.AttemptTimedOut fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R attemptEnded(Fact.AttemptEnded fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R attemptLost(Fact.AttemptLost fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R attemptStuck(Fact.AttemptStuck fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R retryScheduled(Fact.RetryScheduled fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R retryDue(Fact.RetryDue fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R stepCompleted(Fact.StepCompleted fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R stepSkipped(Fact.StepSkipped fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R stepFailed(Fact.StepFailed fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R stepParked(Fact.StepParked fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R lateSuccess(Fact.LateSuccess fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R sagaFailing(Fact.SagaFailing fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R sagaCancelled(Fact.SagaCancelled fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R sagaTimedOut(Fact.SagaTimedOut fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R sagaOverdue(Fact.SagaOverdue fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R compensationBegun(Fact.CompensationBegun fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R stepCompensated(Fact.StepCompensated fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R compensationFailed(Fact.CompensationFailed fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R personDecided(Fact.PersonDecided fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R sagaParked(Fact.SagaParked fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R sagaResumed(Fact.SagaResumed fact);

    /**
     * {@return the visitor's answer}
     *
     * @param fact what happened
     */
    R sagaEnded(Fact.SagaEnded fact);
}
