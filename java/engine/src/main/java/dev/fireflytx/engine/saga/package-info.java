/**
 * How a saga is written in Java: as a class with annotations, or with a builder and lambdas.
 *
 * <p>{@link dev.fireflytx.engine.saga.Sagas} makes an {@link dev.fireflytx.engine.saga.ExecutableSaga} of either, for an engine to run. This
 * package knows the core's definitions and nothing of how they are run; steps see their run through
 * {@link dev.fireflytx.engine.saga.StepContext}.
 */
package dev.fireflytx.engine.saga;
