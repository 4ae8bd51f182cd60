/**
 * The saga machine: everything that is decided about a saga is decided here.
 *
 * <p>Two deterministic functions, {@code decide} and {@code evolve} ({@link dev.fireflytx.core.machine.SagaMachine}), over facts that a
 * journal can keep. No clock, thread, randomness, I/O or library: those belong to the shells that run it. This package imports the JDK
 * and {@code core.definition}; every shell may import it.
 */
package dev.fireflytx.core.machine;
