/** Values by Jackson: records, classes, java.time. Being on the class path is enough; an engine finds it. */
package dev.fireflytx.jackson;
