/**
 * The journal: sagas in one SQLite file.
 *
 * <p>Not part of the API. What is public here is so for the engine alone, and changes without notice; applications open a journal by
 * {@link dev.fireflytx.engine.Stores}. This package imports the engine's {@link dev.fireflytx.engine.Store}, the core, the JDK and SQLite's driver.
 */
package dev.fireflytx.engine.journal;
