/** How two sublayers' units vary together: cross-moments summed over batches, in float64. */
package ffmerge.correlation;
