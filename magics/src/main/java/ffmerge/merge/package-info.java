/** Shrinking a model by editing its weights: FF sublayers averaged and tied, layers dropped. Plain arrays only. */
package ffmerge.merge;
