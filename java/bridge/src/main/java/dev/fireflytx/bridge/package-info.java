/**
 * The child process of the Python SDK: its main program, the three calls that Python makes, and the lifelines that end it with its
 * parent.
 *
 * <p>{@code protocol/PROTOCOL.md} says what is spoken here. This package is one client of {@code dev.fireflytx.engine} and adds no rule
 * about sagas. It is the only one that imports py4j; nothing imports it.
 */
package dev.fireflytx.bridge;
