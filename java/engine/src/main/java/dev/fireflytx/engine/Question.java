package dev.fireflytx.engine;

/** What somebody asks of the engine, to be dealt with in a turn. */
interface Question<T> {
    void ask(Turn turn, Answers.Answer<T> answer);
}
