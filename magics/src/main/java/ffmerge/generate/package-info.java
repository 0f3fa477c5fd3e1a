/** Searching for texts: greedily and by beams. */
package ffmerge.generate;
