package dev.fireflytx.core.machine;

/** What a person decides about a step that waits for one. */
public enum Resolution {
    /** Try the step again, with all its retries. */
    RETRY_STEP,
    /** It is done; the person knows its result. */
    COMPLETE_STEP,
    /** It had no effect, and the saga turns back. */
    FAIL_STEP,
    /** Try to undo it again, with all its retries. */
    RETRY_COMPENSATION,
    /** Somebody has undone it by hand. */
    MARK_COMPENSATED,
    /** It stays as it is, and need not be undone. */
    SKIP_COMPENSATION;

    /** {@return whether it is about undoing the step} */
    public boolean isBackward() {
        return ordinal() >= RETRY_COMPENSATION.ordinal();
    }
}
