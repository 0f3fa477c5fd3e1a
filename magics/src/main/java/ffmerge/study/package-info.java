/** The stages composed: alignment, merging, sweeps over windows, comparisons, the log of runs. */
package ffmerge.study;
