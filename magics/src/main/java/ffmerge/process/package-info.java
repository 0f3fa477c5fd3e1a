/**
 * A library in a process of its own: one that ends the process that calls it, or never comes back, on input that it doesn't
 * expect, then ends that process and not this one.
 */
package ffmerge.process;
