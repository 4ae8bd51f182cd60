/**
 * JSON as text: objects are split and joined at their top level, and each value stays the text that it is.
 *
 * <p>So no value is changed on its way through the engine. This package imports the JDK alone; everything else may import it.
 */
package dev.fireflytx.core.json;
