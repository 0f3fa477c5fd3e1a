/** Pairs of sublayers to permutations, within memory, by a protocol. */
package ffmerge.align;
