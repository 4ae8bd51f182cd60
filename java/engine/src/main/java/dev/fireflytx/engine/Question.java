package dev.fireflytx.engine;

/** What somebody asks an engine, for a turn of its loop to answer. */
interface Question<T> {
    /** Answers, now or later; throws {@link RefusedException} if it can't. */
    void ask(Turn turn, Answers.Answer<T> answer);

    /** Answers, with a refusal too. */
    default void answer(Turn turn, Answers.Answer<T> answer) {
        try {
            ask(turn, answer);
        } catch (RefusedException e) {
            turn.whenDurable(() -> answer.fail(e));
        }
    }
}
