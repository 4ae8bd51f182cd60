/**
 * What a saga is before it runs: its graph, its policies, and the rules that a definition has to keep.
 *
 * <p>{@link dev.fireflytx.core.definition.SagaPlan} is a definition that has been checked, with its graph worked out. This package
 * imports the JDK alone; everything else may import it.
 */
package dev.fireflytx.core.definition;
