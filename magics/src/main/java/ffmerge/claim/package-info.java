/** Sentences of a notebook that its numbers must bear out. */
package ffmerge.claim;
